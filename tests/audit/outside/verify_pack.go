// Checks an evidence pack with Go's own sumdb/note and sumdb/tlog, and nothing of ours.
//
//	go run verify_pack.go PACK EARLIER-CHECKPOINT ENTRY
//
// Says each thing that it has seen to be so; ends with status 1 and the first that is not.
package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	pack, earlier := os.Args[1], os.Args[2]
	number, err := strconv.ParseInt(os.Args[3], 10, 64)
	must("arguments", err)
	vkeys := strings.Fields(string(read(filepath.Join(pack, "vkeys"))))
	log, err := note.NewVerifier(vkeys[0])
	must("key", err)
	head := open("checkpoint", read(filepath.Join(pack, "checkpoint")), log)
	before := open("earlier checkpoint", read(earlier), log)
	cosigned, err := note.Open(read(filepath.Join(pack, "checkpoint")), note.VerifierList(witness(vkeys[len(vkeys)-1])))
	must("cosignature", err)
	say("cosignature", cosigned.Sigs[0].Name)

	hashes := tlog.TileHashReader(head, tiles{pack})
	included, err := tlog.ProveRecord(head.N, number, hashes)
	must("inclusion", err)
	must("inclusion", tlog.CheckRecord(included, head.N, head.Hash, number, tlog.RecordHash(entry(pack, number, head.N))))
	say("inclusion", strconv.FormatInt(number, 10))
	continued, err := tlog.ProveTree(head.N, before.N, hashes)
	must("consistency", err)
	must("consistency", tlog.CheckTree(continued, head.N, head.Hash, before.N, before.Hash))
	say("consistency", fmt.Sprint(before.N, " ", head.N))
}

// open is the tree in a checkpoint that the log has signed. tlog.ParseTree knows only Go's own origin.
func open(what string, data []byte, log note.Verifier) tlog.Tree {
	opened, err := note.Open(data, note.VerifierList(log))
	must(what, err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(what, err)
	root, err := tlog.ParseHash(lines[2])
	must(what, err)
	say(what, lines[0])
	return tlog.Tree{N: size, Hash: root}
}

// cosigner verifies C2SP tlog-cosignature: an Ed25519 signature over a time and the checkpoint.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func witness(vkey string) cosigner {
	parts := strings.SplitN(vkey, "+", 3)
	hash, err := strconv.ParseUint(parts[1], 16, 32)
	must("witness key", err)
	key, err := base64.StdEncoding.DecodeString(parts[2])
	must("witness key", err)
	if len(key) != 33 || key[0] != 4 {
		must("witness key", errors.New("not a cosignature/v1 key"))
	}
	return cosigner{parts[0], uint32(hash), key[1:]}
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 72 {
		return false
	}
	time := binary.BigEndian.Uint64(signature)
	return ed25519.Verify(c.key, []byte(fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, text)), signature[8:])
}

// tiles reads C2SP tlog-tiles, which are Go's own under other names.
type tiles struct{ pack string }

func (t tiles) Height() int                             { return 8 }
func (t tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, each := range wanted {
		data, err := os.ReadFile(filepath.Join(t.pack, "tile", strings.TrimPrefix(each.Path(), "tile/8/")))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

// entry is what leaf `number` commits to, from its entry bundle.
func entry(pack string, number, size int64) []byte {
	bundle := tlog.Tile{H: 8, L: -1, N: number / 256, W: 256}
	if rest := size - bundle.N*256; rest < 256 {
		bundle.W = int(rest)
	}
	path := strings.Replace(bundle.Path(), "tile/8/data", "tile/entries", 1)
	data := read(filepath.Join(pack, path))
	for ; number%256 > 0; number-- {
		data = data[2+int(binary.BigEndian.Uint16(data)):]
	}
	return data[2 : 2+int(binary.BigEndian.Uint16(data))]
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	must(filepath.Base(path), err)
	return data
}

func say(what, about string) { fmt.Printf("%s: %s\n", what, about) }

func must(what string, err error) {
	if err != nil {
		fmt.Printf("%s: refused\n", what)
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
