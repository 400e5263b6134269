"""The link between a host and the worker process: framing, messages, process start, client.

Standard library only, because it runs inside Maya. The protocol itself is described in the docstring of
:mod:`maya_a2f.worker.service`, the other end.
"""
