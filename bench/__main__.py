"""All benches: the numbers of docs/performance.md."""

from bench import archive, convert, deploy, noop, push, revoice, startup

for bench in (startup, noop, revoice, convert, push, deploy, archive):
    bench.main()
