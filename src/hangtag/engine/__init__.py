"""Running work over shards of a large input: a ledger that survives any kill, local processes, assembly in input order."""

from hangtag.engine.ledger import Ledger
from hangtag.engine.local import Progress, ShardResult, run_shards

__all__ = ["Ledger", "Progress", "ShardResult", "run_shards"]
