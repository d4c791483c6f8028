"""Compiles the package's Cython modules, in the source tree and for the wheel."""

from __future__ import annotations

import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_MODULES = ("docextract/decoding/_passes.pyx",)


class CompileHook(BuildHookInterface):
    """Runs before a wheel is made, or the source tree is installed as it is."""

    def initialize(self, _version: str, build_data: dict[str, Any]) -> None:
        """Compile, and tell the wheel that it holds what was compiled."""
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["artifacts"] += [f"/{made}" for made in compile_modules()]


def compile_modules() -> list[str]:
    """The compiled modules, in the source tree: tests and scripts run there too."""
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    flags = ["/O2"] if sys.platform == "win32" else ["-O3", "-g0"]
    extensions = [
        Extension(path.removesuffix(".pyx").replace("/", "."), [path], extra_compile_args=flags)
        for path in _MODULES
    ]
    made = cythonize(extensions, build_dir="build/cython")
    command = build_ext(Distribution({"name": "docextract", "ext_modules": made}))
    command.inplace = True
    command.ensure_finalized()
    command.run()
    return [command.get_ext_filename(module.name) for module in made]


if __name__ == "__main__":
    print("\n".join(compile_modules()))
