// Trees, proofs and verdicts by github.com/transparency-dev/merkle, the reference implementation of the logs of certificate
// transparency; nothing of Concordat is in here. Its published leaves and roots first, then trees of random leaves.
//
//	go run ./vectors SEED
//
// A line each, hashes in hexadecimal, "-" for an empty path:
//
//	leaf HASH                                      appended
//	root SIZE HASH                                 a new tree begins with size 0
//	inclusion VERDICT INDEX SIZE LEAF ROOT PATH    VERDICT 1: it holds
//	consistency VERDICT OLD SIZE ROOT ROOT PATH
//	path inclusion|consistency A B PATH            what the reference makes of the tree at hand
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"math/rand"
	"os"
	"strconv"
	"strings"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"
)

var out = bufio.NewWriter(os.Stdout)

func text(path [][]byte) string {
	if len(path) == 0 {
		return "-"
	}
	parts := make([]string, len(path))
	for i, hash := range path {
		parts[i] = hex.EncodeToString(hash)
	}
	return strings.Join(parts, ",")
}

func verdict(err error) int {
	if err == nil {
		return 1
	}
	return 0
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func inclusion(index, size uint64, leaf, root []byte, path [][]byte) {
	fmt.Fprintln(out, "inclusion", verdict(proof.VerifyInclusion(rfc6962.DefaultHasher, index, size, leaf, path, root)), index, size, hex.EncodeToString(leaf), hex.EncodeToString(root), text(path))
}

func consistency(old, size uint64, before, after []byte, path [][]byte) {
	if old == 0 {
		return // The reference takes an empty tree for the beginning of any, whatever its root; RFC 9162 has no such proof.
	}
	fmt.Fprintln(out, "consistency", verdict(proof.VerifyConsistency(rfc6962.DefaultHasher, old, size, path, before, after)), old, size, hex.EncodeToString(before), hex.EncodeToString(after), text(path))
}

// Each way of being wrong that a sender could think of.
func damaged(dice *rand.Rand, path [][]byte, also ...[]byte) [][][]byte {
	copied := func() [][]byte {
		var all [][]byte
		for _, hash := range path {
			all = append(all, append([]byte{}, hash...))
		}
		return all
	}
	ways := [][][]byte{append([][]byte{{}}, path...), append(copied(), make([]byte, 32)), {}}
	for _, hash := range also {
		ways = append(ways, append([][]byte{hash}, path...), append(copied(), hash))
	}
	if len(path) > 0 {
		flipped := copied()
		flipped[dice.Intn(len(flipped))][dice.Intn(32)] ^= 1 << dice.Intn(8)
		turned := copied()
		turned[0], turned[len(turned)-1] = turned[len(turned)-1], turned[0]
		ways = append(ways, flipped, turned, path[1:], path[:len(path)-1])
	}
	return ways
}

func tell(dice *rand.Rand, leaves [][]byte, probes int) *testonly.Tree {
	tree := testonly.New(rfc6962.DefaultHasher)
	fmt.Fprintln(out, "root", 0, hex.EncodeToString(tree.Hash()))
	for i, leaf := range leaves {
		tree.AppendData(leaf)
		fmt.Fprintln(out, "leaf", hex.EncodeToString(tree.LeafHash(uint64(i))))
		fmt.Fprintln(out, "root", tree.Size(), hex.EncodeToString(tree.Hash()))
	}
	for i := 0; i < probes; i++ {
		size := 1 + uint64(dice.Int63n(int64(tree.Size())))
		index, root := uint64(dice.Int63n(int64(size))), tree.HashAt(size)
		path, err := tree.InclusionProof(index, size)
		must(err)
		leaf := tree.LeafHash(index)
		fmt.Fprintln(out, "path inclusion", index, size, text(path))
		inclusion(index, size, leaf, root, path)
		inclusion(index+1, size, leaf, root, path)
		inclusion(index, size+1, leaf, root, path)
		inclusion(index^2, size, leaf, root, path)
		inclusion(index, size*2, leaf, root, path)
		inclusion(index, size, leaf, leaf, path)
		for _, wrong := range damaged(dice, path, leaf, root) {
			inclusion(index, size, leaf, root, wrong)
		}
		old := 1 + uint64(dice.Int63n(int64(size)))
		before := tree.HashAt(old)
		path, err = tree.ConsistencyProof(old, size)
		must(err)
		fmt.Fprintln(out, "path consistency", old, size, text(path))
		consistency(old, size, before, root, path)
		consistency(old+1, size, before, root, path)
		consistency(old, size+1, before, root, path)
		consistency(old^2, size, before, root, path)
		consistency(old, size, root, before, path)
		for _, wrong := range damaged(dice, path, before, root) {
			consistency(old, size, before, root, wrong)
		}
	}
	return tree
}

func main() {
	seed, err := strconv.ParseInt(os.Args[1], 10, 64)
	must(err)
	dice := rand.New(rand.NewSource(seed))
	published := tell(dice, testonly.LeafInputs(), 60)
	for size, root := range testonly.RootHashes() {
		if string(published.HashAt(uint64(size))) != string(root) {
			must(fmt.Errorf("the reference's own root of size %d is another", size))
		}
	}
	for _, size := range []int{1, 2, 3, 15, 16, 17, 255, 256, 257, 300 + dice.Intn(400)} {
		leaves := make([][]byte, size)
		for i := range leaves {
			leaves[i] = make([]byte, dice.Intn(120))
			dice.Read(leaves[i])
		}
		tell(dice, leaves, 20)
	}
	must(out.Flush())
}
