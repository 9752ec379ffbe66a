"""Checks STAC documents against the schemas beside this file, without the network.

Usage: validate.py DOCUMENT...   Prints what was checked, one line a document; exit status 1 where something is amiss.
"""

import json
import pathlib
import sys
import warnings

import jsonschema

warnings.simplefilter("ignore")  # RefResolver is deprecated since jsonschema 4.18; Debian 12 has 4.10

HERE = pathlib.Path(__file__).resolve().parent
CORE = {"Feature": "item", "Collection": "collection", "Catalog": "catalog"}


class Offline(jsonschema.RefResolver):
    """Knows what it was given; anything else is an error."""

    def resolve_remote(self, uri):
        raise LookupError(f"no schema for {uri}")


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def schemas():
    found = {"https://proj.org/schemas/v0.7/projjson.schema.json": {}}
    for path in HERE.glob("*/*.json"):
        schema = read(path)
        found[schema["$id"].rstrip("#")] = schema
        # References go by file name; the $id of common.json lacks its dot.
        if path.parent.name == "core" and path.stem not in ("catalog", "collection"):
            found[f"https://schemas.stacspec.org/v1.1.0/item-spec/json-schema/{path.name}"] = schema
    return found


def main():
    store = schemas()
    failed = False
    for name in sys.argv[1:]:
        document = read(name)
        kind = CORE[document["type"]]
        folder = "catalog" if kind == "catalog" else kind
        wanted = [f"https://schemas.stacspec.org/v1.1.0/{folder}-spec/json-schema/{kind}.json"]
        wanted += document.get("stac_extensions", [])
        checked, unchecked = [], []
        for uri in wanted:
            schema = store.get(uri)
            if schema is None:
                unchecked.append(uri)
                continue
            checked.append(uri)
            validator = jsonschema.Draft7Validator(
                schema,
                resolver=Offline(uri, schema, store=store),
                format_checker=jsonschema.FormatChecker(),
            )
            for error in validator.iter_errors(document):
                failed = True
                print(f"{name}: {uri}: {list(error.absolute_path)}: {error.message[:400]}")
                for cause in error.context[:8]:
                    print(f"    {list(cause.absolute_path)}: {cause.message[:200]}")
        if kind == "item" and len(checked) < 6:
            failed = True
        print(json.dumps({"type": kind, "checked": len(checked), "unchecked": sorted(unchecked)}))
    sys.exit(1 if failed else 0)


main()
