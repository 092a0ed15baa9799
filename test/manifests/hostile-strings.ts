/**
 * Strings that YAML readers are known to change, drop or take for structure, by the reason why.
 * Each must come back identical from every reader, as a value and as a key.
 */
export const hostileStrings: readonly string[] = [
  // null and booleans, in YAML 1.1 and 1.2
  ...["", "~", "null", "Null", "NULL", "nUll", "none", "true", "True", "TRUE", "tRUE", "false"],
  ...["False", "y", "Y", "n", "N", "yes", "Yes", "YES", "yEs", "no", "No", "NO", "on", "On", "ON"],
  ...["off", "Off", "OFF", "oFF"],
  // integers: signs, octal, hexadecimal, binary, separators, sexagesimal
  ...["0", "-0", "+0", "1", "-1", "+1", "007", "012", "08", "0o14", "0O14", "0x1F", "0X1f", "-0x1"],
  ...["0b101", "0B1", "-0b1", "1_000", "1__0", "_1", "1_", "0_1", "1,000", "1 000", "12:30:45"],
  ...["1:30", "190:20:30", "-1:30", "1:2", "0:0", "9007199254740993", "18446744073709551616"],
  ...["0x", "0b", "0o", "0xg", "0b2", "0o8", "--1", "+-1", "+", "-", "0-", "١٢", "１２"],
  // floats
  ...[
    "1.0",
    "1.",
    ".5",
    "-.5",
    "+.5",
    "1e3",
    "1E3",
    "1e+3",
    "1e-3",
    "12e03",
    "-1e3",
    "1.e3",
    ".e3",
  ],
  ...["0.1_2", "1_0.5", "6.8523015e+5", "685.230_15e+03", "190:20:30.15", ".inf", "-.inf", "+.Inf"],
  ...[
    ".INF",
    ".nan",
    ".NaN",
    ".NAN",
    "inf",
    "Infinity",
    "-Infinity",
    "NaN",
    "nan",
    "1e",
    "e1",
    ".",
  ],
  ...["..", "...", "1.2.3", "1.2.3-rc.1", "2.9.4", "0x1p-2", "1e1000", "1d", "1f", "1L"],
  // dates and times
  ...["2001-01-01", "2024-1-2", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10 -5"],
  ...["2001-12-15 2:59:43.10", "2001-12-14T21:59:43Z", "12:30", "2001-13-45", "20010101"],
  // durations, quantities, versions, references: what fleets are full of
  ...["10m", "1h30m", "500ms", "1m0s", "5s", "100m", "64Gi", "128Mi", "1Ki", "2E", "0.5", "1k"],
  ...["v1.2.3", ">=1.0.0 <2.0.0", "~> 1.2", "^1.0", "1.x", "*", "main@sha1:abc", "a:b", "a: b"],
  ...["ghcr.io/acme/app:1.0.0", "https://user@host:8443/a?b=c&d#e", "git@github.com:acme/x.git"],
  ...["./deploy/production", "../up", "/abs", "~/home", "app.kubernetes.io/name", "*.example.com"],
  ...["${HOME}", "${x:=y}", "$(VAR)", "{{ .Values.x }}", "{{- if }}", "%{x}", "<<EOF", "a=b"],
  // indicators
  ...["-", "- a", "-a", "?", "? x", "?x", ":", ": x", ":x", "a:", "a: b", "a :b", "a : b", "::"],
  ...[
    "#",
    "# a",
    "#a",
    "a #b",
    "a# b",
    "a#b",
    "a\t#b",
    "&a",
    "*a",
    "!a",
    "!!str a",
    "!",
    "|",
    "|-",
  ],
  ...[">", ">-", "> a", "'", "''", "'a'", '"', '""', '"a"', 'a"b', "a'b", "%", "%YAML 1.1", "%a"],
  ...[
    "@",
    "@a",
    "`",
    "`a`",
    "[",
    "]",
    "[a",
    "[a]",
    "{",
    "}",
    "{a",
    "{a: b}",
    "{}",
    "[]",
    ",",
    "a,b",
  ],
  ...["a, b", "<", "<<", "<<: *a", "=", "==", "\\", "\\n", "\\x41", "a\\", "\\u2028", "/", "//"],
  // documents, directives, comments and markers inside data
  ...["---", "--- a", "...", "---\nkind: ClusterRoleBinding", "a\n---\nb", "a\n...\nb", "\n---\n"],
  ...["%YAML 1.2\n---\n", "a: b\nc: d", "- a\n- b", "a\n# b", "# a\n# b\n"],
  ...['x # {"$imagepolicy": "ns:name"}', 'x\n# {"$imagepolicy": "ns:name:tag"}', "$imagepolicy"],
  ...['{"$imagepolicy": "ns:name"}', "a$imagepolicyb", "a # $imagepolicy\nb\n", "$$imagepolicy"],
  // spaces, tabs and line ends
  ...[
    " ",
    "  ",
    "\t",
    " \t ",
    " a",
    "a ",
    "  a  ",
    "\ta",
    "a\t",
    "a\tb",
    "a  b",
    "\n",
    "\n\n",
    " \n",
  ],
  ...["\na", "\n\na", "a\n", "a\n\n", "a\n\n\n", "a\nb", "a\nb\n", "a\n\nb", "a\n\n\nb\n", "a \nb"],
  ...["a\n b", " a\nb", "a\n\tb", "\ta\nb", "a\n  \nb", "a\n b\n  c\n", "a\n\t\nb", "a\tb\nc\n"],
  ...["\r", "\r\n", "a\r\nb", "a\rb", "a\r", "\ra", "a\r\n", "a\nb\r\n", "a\n\r\nb"],
  // control characters and Unicode
  ..."\0\x01\x07\b\v\f\x1b\x1f\x7f\x80\x84\x85\x86\x9f\xa0\xad".split("").flatMap(around),
  ..."\u034f\u061c\u180e\u200b\u200d\u200e\u202e\u2028\u2029\u2060\u2066\u3000"
    .split("")
    .flatMap(around),
  ..."\ud7ff\ue000\uf8ff\ufdd0\ufe0f\ufeff\uffef\ufff9\ufffc\ufffd\ufffe\uffff"
    .split("")
    .flatMap(around),
  ...[
    "\u{10000}",
    "\u{1f600}",
    "\u{1fffe}",
    "\u{e0001}",
    "\u{10ffff}",
    "a\u{1f469}\u200d\u{1f4bb}b",
  ],
  ...["é", "e\u0301", "ﬁ", "日本語", "مرحبا", "א\nב\n", "naïve\ncafé\n", "ß ẞ ſ K", "İı", "\u0301"],
  // names that mean something to a language
  ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "length", "0.0", "-1"],
  ...["4294967294", "4294967295", "apiVersion", "kind", "metadata", "name", "namespace", "toJSON"],
  // long ones
  "x".repeat(1020),
  "x".repeat(1023),
  "x".repeat(1024),
  "x".repeat(1025),
  "x".repeat(5000),
  "\u{1f600}".repeat(200),
  '"'.repeat(600),
  "word ".repeat(300) + "end",
  `${"w".repeat(300)} ${"v".repeat(300)}\n${"u".repeat(300)} t`,
  "line\n".repeat(300),
  "k\n".repeat(600) + " ",
];

/** One line of a mebibyte, once as it may stand plain and once as it must be quoted. */
export const hugeStrings: readonly string[] = [
  "x".repeat(2 ** 20),
  "a b: c # d ".repeat(2 ** 17),
  "日".repeat(2 ** 19),
  "line of text\n".repeat(2 ** 16),
];

function around(character: string): string[] {
  return [character, `a${character}b`, `${character}a`, `a${character}`, `a\n${character}b\n`];
}
