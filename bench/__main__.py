"""All benches: the numbers of docs/performance.md."""

from bench import noop, revoice, startup

for bench in (startup, noop, revoice):
    bench.main()
