// Notes and keys against published examples, and damaged in every way that must show.
#include <gtest/gtest.h>

#include "projections/proof/base64.h"
#include "projections/proof/note.h"

namespace concordat::projections::proof {
namespace {

std::string unhex(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) out += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  return out;
}

// The documentation of golang.org/x/mod/sumdb/note: its test key pair and the note of its example.
constexpr const char* kPrivate = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
constexpr const char* kPublic = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr const char* kNote = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
                              "\xE2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

TEST(Note, ThePublishedExampleVerifiesAndIsSignedAlike) {
  const auto verifier = read_verifier(kPublic);
  ASSERT_TRUE(verifier.ok()) << verifier.status().why();
  EXPECT_EQ(verifier->text(), kPublic);
  const auto signer = read_signer(kPrivate);
  ASSERT_TRUE(signer.ok()) << signer.status().why();
  EXPECT_EQ(signer->verifier, *verifier);
  EXPECT_EQ(signer->text(), kPrivate);
  const auto note = read_note(kNote);
  ASSERT_TRUE(note.ok()) << note.status().why();
  EXPECT_EQ(write(*note), kNote);
  ASSERT_TRUE(verify(*note, {*verifier}).ok());
  EXPECT_EQ(write({note->text, {sign(note->text, *signer)}}), kNote);      // Ed25519 signs the same text alike.
}

TEST(Note, Rfc8032) {   // Section 7.1, test 1: an empty message.
  const auto made = read_signer("PRIVATE+KEY+x+" + [] {
    Verifier v{"x", kLogKey, unhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")};
    return v.text().substr(2, 9);
  }() + base64("\1" + unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")));
  ASSERT_TRUE(made.ok()) << made.status().why();
  EXPECT_EQ(sign("", *made).bytes, unhex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"));
}

TEST(Note, EveryFlippedBitOfANoteShows) {
  const auto verifier = read_verifier(kPublic);
  ASSERT_TRUE(verifier.ok());
  std::string bytes = kNote;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      bytes[i] = static_cast<char>(bytes[i] ^ 1 << bit);
      const auto note = read_note(bytes);
      EXPECT_FALSE(note.ok() && verify(*note, {*verifier}).ok()) << "byte " << i << ", bit " << bit;
      bytes[i] = static_cast<char>(bytes[i] ^ 1 << bit);
    }
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(read_note(bytes.substr(0, size)).ok()) << size;
  EXPECT_FALSE(read_note(bytes + "x").ok());
}

TEST(Note, UnknownKeysArePassedOverAndKnownOnesCountOnce) {
  const auto a = generate("a", kLogKey), b = generate("b", kLogKey), w = generate("w", kCosignerKey);
  ASSERT_TRUE(a.ok() && b.ok() && w.ok());
  const std::string text = write(Checkpoint{"a", 7, std::string(32, 'r'), ""});
  Note note{text, {sign(text, *a), sign(text, *a), sign(text, *b), sign(text, *w, 1'700'000'000)}};
  const auto by = verify(*read_note(write(note)), {a->verifier, w->verifier});
  ASSERT_TRUE(by.ok()) << by.status().why();
  ASSERT_EQ(by->size(), 2u);
  EXPECT_EQ((*by)[1].time_s, 1'700'000'000u);
  const auto other = generate("c", kLogKey);
  EXPECT_FALSE(verify(note, {other->verifier}).ok());
  Verifier renamed = a->verifier;                                            // The name is part of the key's id.
  renamed.name = "z";
  EXPECT_FALSE(verify(note, {renamed}).ok());
  note.signatures[1].bytes[5] ^= 1;                                          // One good and one bad one of a known key: bad.
  EXPECT_FALSE(verify(note, {a->verifier}).ok());
  note.signatures[1] = sign(text, *a);
  note.signatures[3].bytes[7] ^= 1;                                          // The time is signed, too.
  EXPECT_FALSE(verify(note, {a->verifier, w->verifier}).ok());
}

TEST(Checkpoint, IsWrittenInOneWayOnly) {
  const std::string root = base64(std::string(32, 'r'));
  const auto good = read_checkpoint("o\n12\n" + root + "\n");
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(write(*good), "o\n12\n" + root + "\n");
  EXPECT_EQ(read_checkpoint("o\n0\n" + root + "\nmore\n")->more, "more\n");
  for (const std::string& bad : {"\n12\n" + root + "\n", "o\n012\n" + root + "\n", "o\n-1\n" + root + "\n", "o\n\n" + root + "\n", "o\n1e3\n" + root + "\n", "o\n12\n" + root, "o\n12\n" + root.substr(0, 43) + "\n",
                                 "o\n12\n" + root.substr(0, 42) + "9=\n", "o\n12\n" + root + "\n\n", "o\n12\n" + base64(std::string(31, 'r')) + "\n", std::string("o\n99999999999999999999\n") + root + "\n"})
    EXPECT_FALSE(read_checkpoint(bad).ok()) << bad;
}

TEST(Base64, TakesOneSpellingOnly) {
  std::string bytes;
  for (const char* bad : {"A", "AA", "AA=", "AA==A", "AB==", "AAB=", "A A=", "AA=A", "====", "AAAA\n", "AA-_"}) EXPECT_FALSE(from_base64(bad, &bytes)) << bad;
  for (const std::string& good : {std::string(), std::string("f"), std::string("fo"), std::string("foo"), std::string("\0\xff\x80", 3)}) {
    ASSERT_TRUE(from_base64(base64(good), &bytes));
    EXPECT_EQ(bytes, good);
  }
}

}  // namespace
}  // namespace concordat::projections::proof
