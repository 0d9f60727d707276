"""All benches: the numbers of docs/performance.md."""

from bench import convert, noop, revoice, startup

for bench in (startup, noop, revoice, convert):
    bench.main()
