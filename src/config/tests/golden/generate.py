#!/usr/bin/env python3
"""Writes values.txt: what Terraform makes of every expression in expressions.txt.

Needs `terraform` (1.11) and some minutes; the tests need neither, they read values.txt. Run it from
this folder after adding expressions. Each expression becomes a local value of a configuration of its
own, with the files of `files/` beside it, and is asked for by `terraform console`.
"""

import base64
import concurrent.futures
import pathlib
import re
import shutil
import subprocess
import tempfile

HERE = pathlib.Path(__file__).parent


def expressions():
    """One expression per line, or several lines between `<<<` and `>>>`; `#` begins a comment."""
    lines = iter((HERE / "expressions.txt").read_text().split("\n"))
    for line in lines:
        if line == "<<<":
            block = []
            for line in lines:
                if line == ">>>":
                    break
                block.append(line)
            yield "\n".join(block)
        elif line and not line.startswith("#"):
            yield line


def ask(folder, question):
    done = subprocess.run(
        ["terraform", "console", "-no-color"],
        cwd=folder, input=question + "\n", capture_output=True, text=True, timeout=120,
    )
    return done.stdout if done.returncode == 0 and "Error:" not in done.stderr else None


def evaluate(expression):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(HERE / "files", folder, dirs_exist_ok=True)
        pathlib.Path(folder, "main.tf").write_text(f"locals {{\n  it = {expression}\n}}\n")
        encoded = ask(folder, "base64encode(jsonencode(nonsensitive(local.it)))")
        kind = ask(folder, "type(local.it)")
    if encoded is None or kind is None:
        return None
    # Base64, since the console would escape a text in ways of its own.
    if not re.fullmatch(r'"[A-Za-z0-9+/=]+"', encoded.strip()):
        print("not understood:", expression, repr(encoded))
        return None
    encoded = base64.b64decode(encoded.strip().strip('"')).decode()
    return re.sub(r"\s+", " ", kind).strip(), encoded


def main():
    every = list(expressions())
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(evaluate, every))
    with open(HERE / "values.txt", "w") as out:
        for expression, result in zip(every, results):
            for line in expression.split("\n"):
                out.write(f"> {line}\n")
            out.write("error\n\n" if result is None else f"{result[0]}\n{result[1]}\n\n")
    print(len(every), "expressions,", results.count(None), "errors")


if __name__ == "__main__":
    main()
