"""What is decided: run taggers over a stream of products, fuse what they say, apply the policy."""

from hangtag.pipeline.cascade import Cascade, Stage, every_tagger, strictest_thresholds
from hangtag.pipeline.fuse import fuse
from hangtag.pipeline.pipeline import Fused, Pipeline
from hangtag.pipeline.policy import Policy

__all__ = ["Cascade", "Fused", "Pipeline", "Policy", "Stage", "every_tagger", "fuse", "strictest_thresholds"]
