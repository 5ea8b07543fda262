// Reads an exported log with the Go project's own libraries for transparency logs: nothing of Concordat is in here.
//
//	go run . DIR PUBLIC-KEY [OLD-CHECKPOINT]
//
// The checkpoint must open, every tile lead to its root, every entry be the record of its leaf, and an older checkpoint be
// a beginning of it.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type directory string

func (directory) Height() int                     { return 8 }
func (directory) SaveTiles([]tlog.Tile, [][]byte) {}

// The path of tlog-tiles is that of the library without the height in it.
func (d directory) path(tile tlog.Tile, kind string) string {
	whole := strings.SplitN(tile.Path(), "/", 4)
	if kind == "" {
		kind = strconv.Itoa(tile.L)
	}
	return filepath.Join(string(d), "tile", kind, whole[3])
}

func (d directory) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range tiles {
		bytes, err := os.ReadFile(d.path(tile, ""))
		if err != nil {
			return nil, err
		}
		if len(bytes) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s: %d bytes", tile.Path(), len(bytes))
		}
		out = append(out, bytes)
	}
	return out, nil
}

func check(err error) {
	if err != nil {
		fmt.Println("WRONG", err)
		os.Exit(1)
	}
}

func open(file string, verifier note.Verifier) tlog.Tree {
	bytes, err := os.ReadFile(file)
	check(err)
	opened, err := note.Open(bytes, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	hash, err := tlog.ParseHash(lines[2])
	check(err)
	if lines[0] != verifier.Name() {
		check(fmt.Errorf("origin %s", lines[0]))
	}
	return tlog.Tree{N: size, Hash: hash}
}

func main() {
	verifier, err := note.NewVerifier(os.Args[2])
	check(err)
	at := directory(os.Args[1])
	tree := open(filepath.Join(string(at), "checkpoint"), verifier)
	hashes := tlog.TileHashReader(tree, at) // Checks each tile against the root as it reads.
	for n := int64(0); n < tree.N; {
		width := tree.N - n
		if width > 256 {
			width = 256
		}
		bundle, err := os.ReadFile(at.path(tlog.Tile{H: 8, L: 0, N: n / 256, W: int(width)}, "entries"))
		check(err)
		for i := int64(0); i < width; i++ {
			length := int(binary.BigEndian.Uint16(bundle))
			leaf := tlog.RecordHash(bundle[2 : 2+length])
			bundle = bundle[2+length:]
			proof, err := tlog.ProveRecord(tree.N, n+i, hashes)
			check(err)
			check(tlog.CheckRecord(proof, tree.N, tree.Hash, n+i, leaf))
		}
		if len(bundle) != 0 {
			check(fmt.Errorf("bytes are left of an entry bundle"))
		}
		n += width
	}
	if len(os.Args) > 3 {
		old := open(os.Args[3], verifier)
		proof, err := tlog.ProveTree(tree.N, old.N, hashes)
		check(err)
		check(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
	}
	fmt.Printf("good: %d entries\n", tree.N)
}
