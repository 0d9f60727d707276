"""Recordings of calls, kept elsewhere with proof: how they are stored, sealed, named, and written down."""
