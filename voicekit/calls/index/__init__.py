"""The index of the archive: what all ledgers and sidecars say of recordings, in SQLite, to be found by.

For its owner only: it has the numbers of callers in the clear. It holds nothing that can't be had again from ledgers
and pages, and follows them: who is erased there, is erased here.
"""
