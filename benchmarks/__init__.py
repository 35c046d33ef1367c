"""Measurements of headwise, alone and beside other tools; `make bench` runs all of them."""

import os

# Threads of a BLAS spin while they wait for one another: on a busy machine that counts as CPU time.
for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")
