"""A page on some weeks of recordings, for an administrator and whom he forwards it to: nothing in it names a caller.

`days`, `figures`, `coverage` and `forecast` are what is known; `page` tells it, by `chart`, `texts` and `locales`.
"""
