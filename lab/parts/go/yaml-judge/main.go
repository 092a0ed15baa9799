// Command yaml-judge reads YAML with the two parsers that Kubernetes and Flux are built on, and prints what each one
// understood, so that a test can compare our printer with readers it did not write.
//
// Standard input: one YAML stream per line, base64. Standard output: one JSON object per line, in the same order:
//
//	{"v2": {"documents": [node, ...]}, "v3": {"error": "..."}}
//
// A node is {"type": T, ...}: "string", "binary" carry base64 bytes in "base64"; "int", "float", "bool", "time" carry text
// in "text"; "null" carries nothing; "sequence" has "items"; "mapping" has "entries", a list of [key node, value node],
// sorted by key so that equal input gives equal bytes. Nothing passes through a lossy conversion.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strconv"
	"time"

	yamlv3 "go.yaml.in/yaml/v3"
	yamlv2 "gopkg.in/yaml.v2"
)

type node struct {
	Type    string     `json:"type"`
	Base64  *string    `json:"base64,omitempty"`
	Text    *string    `json:"text,omitempty"`
	Items   *[]*node   `json:"items,omitempty"`
	Entries *[][]*node `json:"entries,omitempty"`
}

type reading struct {
	Documents []*node `json:"documents"`
	Error     string  `json:"error,omitempty"`
}

type verdict struct {
	V2 reading `json:"v2"`
	V3 reading `json:"v3"`
}

type decoder interface{ Decode(v any) error }

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return
		}
		if err != nil && !errors.Is(err, io.EOF) {
			fail(err)
		}
		stream, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(line)))
		if err != nil {
			fail(err)
		}
		err = encoder.Encode(verdict{
			V2: read(yamlv2.NewDecoder(bytes.NewReader(stream))),
			V3: read(yamlv3.NewDecoder(bytes.NewReader(stream))),
		})
		if err != nil {
			fail(err)
		}
		// A caller may keep the process open and ask one question at a time.
		if in.Buffered() == 0 {
			out.Flush()
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "yaml-judge:", err)
	os.Exit(1)
}

func read(from decoder) (result reading) {
	// Both parsers panic on some malformed input; a panic is a refusal like any other.
	defer func() {
		if reason := recover(); reason != nil {
			result = reading{Documents: []*node{}, Error: fmt.Sprint("panic: ", reason)}
		}
	}()
	result.Documents = []*node{}
	for {
		var value any
		err := from.Decode(&value)
		if errors.Is(err, io.EOF) {
			return result
		}
		if err != nil {
			return reading{Documents: []*node{}, Error: err.Error()}
		}
		result.Documents = append(result.Documents, describe(value))
	}
}

func describe(value any) *node {
	switch v := value.(type) {
	case nil:
		return &node{Type: "null"}
	case string:
		return bytesNode("string", []byte(v))
	case []byte:
		return bytesNode("binary", v)
	case bool:
		return textNode("bool", strconv.FormatBool(v))
	case float64:
		return textNode("float", strconv.FormatFloat(v, 'g', -1, 64))
	case time.Time:
		return textNode("time", v.Format(time.RFC3339Nano))
	case int, int64, uint64, uint:
		return textNode("int", fmt.Sprint(v))
	case []any:
		items := make([]*node, len(v))
		for i, item := range v {
			items[i] = describe(item)
		}
		return &node{Type: "sequence", Items: &items}
	case map[string]any:
		entries := make([][]*node, 0, len(v))
		for key, item := range v {
			entries = append(entries, []*node{describe(key), describe(item)})
		}
		return mappingNode(entries)
	case map[any]any:
		entries := make([][]*node, 0, len(v))
		for key, item := range v {
			entries = append(entries, []*node{describe(key), describe(item)})
		}
		return mappingNode(entries)
	}
	panic(fmt.Sprintf("unexpected value of type %T", value))
}

func bytesNode(kind string, content []byte) *node {
	encoded := base64.StdEncoding.EncodeToString(content)
	return &node{Type: kind, Base64: &encoded}
}

func textNode(kind, text string) *node { return &node{Type: kind, Text: &text} }

func mappingNode(entries [][]*node) *node {
	sort.Slice(entries, func(i, j int) bool { return sortKey(entries[i][0]) < sortKey(entries[j][0]) })
	return &node{Type: "mapping", Entries: &entries}
}

// sortKey orders keys by their bytes; keys of different types cannot collide, because the type's name is last.
func sortKey(key *node) string {
	switch {
	case key.Base64 != nil:
		content, _ := base64.StdEncoding.DecodeString(*key.Base64)
		return string(content) + "\x00" + key.Type
	case key.Text != nil:
		return *key.Text + "\x00" + key.Type
	}
	encoded, _ := json.Marshal(key)
	return string(encoded) + "\x00" + key.Type
}
