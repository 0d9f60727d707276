"""All benches: the numbers of docs/performance.md."""

from bench import convert, noop, push, revoice, startup

for bench in (startup, noop, revoice, convert, push):
    bench.main()
