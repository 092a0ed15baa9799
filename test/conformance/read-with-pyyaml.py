"""Reads YAML as PyYAML's safe loader does, the pure one and libyaml's where it is built in.

Standard input: one stream per line, base64. Standard output: one JSON object per line, for each
loader what it understood, in the form of the part `yaml-judge`.
"""

import base64
import json
import sys

import yaml


def describe(value):
    if value is None:
        return {"type": "null"}
    if isinstance(value, bool):
        return {"type": "bool", "text": str(value).lower()}
    if isinstance(value, int):
        return {"type": "int", "text": str(value)}
    if isinstance(value, float):
        return {"type": "float", "text": repr(value)}
    if isinstance(value, str):
        return {"type": "string", "base64": encode(value.encode("utf-8", "surrogatepass"))}
    if isinstance(value, bytes):
        return {"type": "binary", "base64": encode(value)}
    if isinstance(value, list):
        return {"type": "sequence", "items": [describe(item) for item in value]}
    if isinstance(value, dict):
        entries = [[describe(key), describe(item)] for key, item in value.items()]
        return {"type": "mapping", "entries": entries}
    return {"type": "time", "text": str(value)}


def encode(content):
    return base64.b64encode(content).decode("ascii")


def read(text, loader):
    try:
        return {"documents": [describe(document) for document in yaml.load_all(text, loader)]}
    except Exception as error:
        return {"documents": [], "error": " ".join(str(error).split())[:500]}


LOADERS = {"PyYAML": yaml.SafeLoader}
if hasattr(yaml, "CSafeLoader"):
    LOADERS["PyYAML with libyaml"] = yaml.CSafeLoader

for line in sys.stdin.buffer:
    content = base64.b64decode(line)
    print(json.dumps({name: read(content, loader) for name, loader in LOADERS.items()}))
