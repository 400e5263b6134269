"""The diffusion network's tensors (inference.md section 5.1). The batch axis of the memory is the third."""

from __future__ import annotations

from maya_a2f.worker.diffusion.package import DiffusionInfo
from maya_a2f.worker.engines.signature import Axis, Signature, TensorSpec


def diffusion_signature(info: DiffusionInfo) -> Signature:
    """In binding order; what is compared when a network is opened: section 7.3."""
    memory = (info.steps, info.gru_layers, Axis.BATCH, info.latent_size)
    return Signature(
        (
            TensorSpec("emotion", (Axis.BATCH, info.kept_frames, len(info.emotions))),
            TensorSpec("identity", (Axis.BATCH, len(info.identities))),
            TensorSpec("input_latents", memory),
            TensorSpec("noise", (Axis.BATCH, info.steps + 1, info.frames, info.frame_size)),
            TensorSpec("window", (Axis.BATCH, info.buffer_len)),
        ),
        (
            TensorSpec("output_latents", memory),
            TensorSpec("prediction", (Axis.BATCH, info.frames, info.frame_size)),
        ),
    )
