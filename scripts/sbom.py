"""What the programs are made of, as CycloneDX 1.5: every crate that is linked into them, from Cargo's own account. Writes to stdout."""

import json
import subprocess
import tomllib
import uuid

TARGETS = ["x86_64-unknown-linux-gnu", "x86_64-pc-windows-gnu"]


def main():
    lock = tomllib.load(open("Cargo.lock", "rb"))
    checksums = {(package["name"], package["version"]): package.get("checksum") for package in lock["package"]}
    packages, needed, root = {}, {}, None
    for target in TARGETS:
        command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
        metadata = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        packages |= {package["id"]: package for package in metadata["packages"]}
        root = metadata["resolve"]["root"]
        for package, wanted in linked(metadata["resolve"]["nodes"], root).items():
            needed.setdefault(package, set()).update(wanted)
    print(json.dumps(document(packages, needed, root, checksums), indent=1))


def linked(nodes, root):
    """Every crate that is reached by dependencies of the program itself, not by those of build scripts and tests."""
    nodes = {node["id"]: node for node in nodes}
    found, waiting = {}, [root]
    while waiting:
        package = waiting.pop()
        if package not in found:
            ordinary = [d["pkg"] for d in nodes[package]["deps"] if any(k["kind"] is None for k in d["dep_kinds"])]
            found[package] = set(ordinary)
            waiting += ordinary
    return found


def document(packages, needed, root, checksums):
    def component(package):
        crate = packages[package]
        name, version = crate["name"], crate["version"]
        url = f"pkg:cargo/{name}@{version}"
        described = {"type": "library", "bom-ref": url, "name": name, "version": version, "purl": url}
        if crate.get("license"):
            described["licenses"] = [{"expression": crate["license"].replace("/", " OR ")}]
        if checksums.get((name, version)):
            described["hashes"] = [{"alg": "SHA-256", "content": checksums[name, version]}]
        return described

    components = {package: component(package) for package in sorted(needed)}
    program = components.pop(root) | {"type": "application"}
    refs = {package: described["bom-ref"] for package, described in components.items()} | {root: program["bom-ref"]}
    everything = json.dumps([program, *components.values()], sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, everything)}",
        "version": 1,
        "metadata": {"component": program},
        "components": list(components.values()),
        "dependencies": [
            {"ref": refs[package], "dependsOn": sorted(refs[one] for one in needed[package])} for package in sorted(needed)
        ],
    }


main()
