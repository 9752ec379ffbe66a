"""The data set of Razzak et al. (2021): SpaceNet 7 scenes (PlanetScope) with Sentinel-2 revisits of the same ground.

`prepare` crops the products once and writes one file a scene; `load_scenes`
reads them; `SceneBatches` gives the training batches.
"""

from .batches import SceneBatches, SceneRevisits, stack
from .scene import Scene, load_scene, load_scenes

__all__ = ["Scene", "SceneBatches", "SceneRevisits", "load_scene", "load_scenes", "stack"]
