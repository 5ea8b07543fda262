// Sealing by itself: what it promises to whoever holds the key, to whoever kept words and salt, and to whoever has neither.
#include <gtest/gtest.h>

#include "app/seal.h"
#include "concordat/v1/ledger.pb.h"

namespace concordat::app {
namespace {

const std::string kKey(32, 'k');
constexpr const char* kWords = "The lowest bid is 4.2 million.";

v1::Sealed sealed() { return seal(kWords, kKey, "matter:HOST#1", "west-midlands", "command-1/price"); }

TEST(Seal, OpensToTheSameWordsAndTheirSalt) {
  const auto opened = open(sealed(), kKey, "west-midlands");
  ASSERT_TRUE(opened.ok()) << opened.status().why();
  EXPECT_EQ(opened->words, kWords);
  EXPECT_EQ(opened->salt.size(), 32U);
  EXPECT_EQ(commitment_of(opened->words, opened->salt), sealed().commitment());
  EXPECT_EQ(sealed().SerializeAsString().find(kWords), std::string::npos);
}

TEST(Seal, TheSameSayingIsTheSameBytesAndAnyOtherIsNot) {
  EXPECT_EQ(sealed().SerializeAsString(), sealed().SerializeAsString());
  const v1::Sealed others[] = {seal("The lowest bid is 4.3 million.", kKey, "matter:HOST#1", "west-midlands", "command-1/price"), seal(kWords, std::string(32, 'l'), "matter:HOST#1", "west-midlands", "command-1/price"),
                               seal(kWords, kKey, "matter:HOST#2", "west-midlands", "command-1/price"), seal(kWords, kKey, "matter:HOST#1", "east-midlands", "command-1/price"),
                               seal(kWords, kKey, "matter:HOST#1", "west-midlands", "command-2/price")};
  for (const v1::Sealed& other : others) {
    EXPECT_NE(other.commitment(), sealed().commitment());
    EXPECT_NE(other.nonce(), sealed().nonce());
    EXPECT_NE(other.ciphertext(), sealed().ciphertext());
  }
}

TEST(Seal, EveryFlippedByteIsFound) {
  const v1::Sealed good = sealed();
  const std::string bytes = good.SerializeAsString();
  int read = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string bad = bytes;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    v1::Sealed other;
    if (!other.ParseFromString(bad)) continue;
    ++read;
    const auto opened = open(other, kKey, "west-midlands");
    EXPECT_FALSE(opened.ok()) << "byte " << i;
    if (!opened.ok()) { EXPECT_EQ(opened.status().why().find("4.2"), std::string::npos); }
  }
  EXPECT_GT(read, 100);
}

TEST(Seal, CutOffAtEveryLengthIsFound) {
  const v1::Sealed good = sealed();
  for (std::size_t size = 0; size < good.ciphertext().size(); ++size) {
    v1::Sealed cut = good;
    cut.mutable_ciphertext()->resize(size);
    EXPECT_EQ(open(cut, kKey, "west-midlands").status().kind(), Status::Kind::kCorrupt) << size;
  }
  v1::Sealed cut = good;
  cut.mutable_nonce()->pop_back();
  EXPECT_FALSE(open(cut, kKey, "west-midlands").ok());
}

TEST(Seal, OnlyItsKeyInItsLedgerOpensIt) {
  EXPECT_FALSE(open(sealed(), std::string(32, 'l'), "west-midlands").ok());
  EXPECT_FALSE(open(sealed(), kKey, "east-midlands").ok());
  v1::Sealed moved = sealed();
  moved.set_key("person:x#1");
  EXPECT_FALSE(open(moved, kKey, "west-midlands").ok());
}

// RFC 4231, test case 2: so that anybody's HMAC-SHA256 checks a commitment.
TEST(Seal, TheCommitmentIsPlainHmac) {
  EXPECT_EQ(hex_of(commitment_of("what do ya want for nothing?", "Jefe")), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(mark_of(from_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")), "5bdcc146bf60754e");
}

TEST(Seal, KeysAreRandomAndTheirCheckTellsThemApart) {
  EXPECT_NE(new_key(), new_key());
  EXPECT_EQ(new_key().size(), kKeyBytes);
  EXPECT_EQ(key_check(kKey), key_check(kKey));
  std::string flipped = kKey;
  flipped[31] = static_cast<char>(flipped[31] ^ 1);
  EXPECT_NE(key_check(kKey), key_check(flipped));
}

TEST(Seal, HexIsStrict) {
  EXPECT_EQ(from_hex("00ff"), std::string("\0\xff", 2));
  EXPECT_EQ(from_hex("0"), "");
  EXPECT_EQ(from_hex("0g"), "");
}

}  // namespace
}  // namespace concordat::app
