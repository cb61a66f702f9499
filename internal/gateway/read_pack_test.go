package gateway

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

// Records are kept for years: what they were packed with stays as it is, byte for byte.
func TestDictionariesDoNotChange(t *testing.T) {
	t.Parallel()
	digests := map[uint32]string{1: "69190b19b5a7a6d4f9ac617d35d529e93178aa7ea381eb72689ff9b1745d3f51",
		2: "0b6b94ecec8cd3112a89481e62a0d28bb3836b2c4f70392268edbd241f811de6"}
	if len(digests) != len(recordDictionaries) {
		t.Errorf("%d dictionaries, %d are known here", len(recordDictionaries), len(digests))
	}
	for id, want := range digests {
		sum := sha256.Sum256(recordDictionaries[id])
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("dictionary %d is another one: %s", id, got)
		}
	}
}

const packedRecord = `{"record":"consignment","schema":1,"documents":[{"kind":"bill","number":"NK4711"}],"parties":[{"role":"consignee","name":"NORDKAI"}]}`

// Frames of each release are read by every later one.
func TestUnpackFramesOfAllReleases(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"without a dictionary": "KLUv/QAAKQQAeyJyZWNvcmQiOiJjb25zaWdubWVudCIsInNjaGVtYSI6MSwiZG9jdW1lbnRzIjpbeyJraW5kIjoiYmlsbCIsIm51bWJlciI6Ik5LNDcxMSJ9XSwicGFydGllcyI6W3sicm9sZSI6ImNvbnNpZ25lZSIsIm5hbWUiOiJOT1JES0FJIn1dfQ==",
		"dictionary 1":         "KLUv/QEAAT0BADQBTks0NzExZWVOT1JES0FJIn1dfQUAYEO9wBq6B99SRfhAeZIQCA==",
	} {
		frame, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := unpackJSON(frame)
		if err != nil || string(got) != packedRecord {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestPackRecords(t *testing.T) {
	t.Parallel()
	var a arena
	var scratch, packed []byte
	for _, record := range []string{"", "{}", packedRecord, strings.Repeat(packedRecord, 10_000)} {
		packed, scratch = a.pack([]byte(record), scratch)
		got, err := unpackJSON(packed)
		if err != nil || string(got) != record {
			t.Errorf("%d bytes became %d: %v", len(record), len(got), err)
		}
	}
	packed, _ = a.pack([]byte(packedRecord), scratch)
	if plain := packJSON([]byte(packedRecord)); len(packed)*5 > len(plain)*4 {
		t.Errorf("%d bytes with the dictionary, %d without", len(packed), len(plain))
	}
	if _, err := unpackJSON(packed[:len(packed)-1]); err == nil {
		t.Error("a frame that is cut off was unpacked")
	}
	other := append([]byte(nil), packed...)
	if other[6] != recordDictionary { // magic number, descriptor, window, then the id
		t.Fatalf("the frame begins with % x", other[:8])
	}
	other[6] = 250
	if _, err := unpackJSON(other); err == nil {
		t.Error("a frame of a dictionary that does not exist was unpacked")
	}
}
