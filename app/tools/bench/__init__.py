"""Put load on the service, and the same load straight on its engine: ``offbook bench``.

The harness below it also serves ``benchmarks/`` and the evaluations: services in this process and
in their own, clients, clocks, figures. Drawing and metering need the extra ``bench``. The service
itself imports nothing from here.
"""
