"""Tiny encoder-decoders, vision and audio models that use the attention interface."""

import transformers as hf
from shapes import (
    BART_LIKE,
    CLIP_TEXT,
    VISION_LIKE,
    VOCABULARY,
    WRAP,
    Architecture,
    alone,
)


def detr():
    backbone = hf.ResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 16],
        depths=[1, 1],
        layer_type="basic",
        out_features=["stage2"],
    )
    return hf.DetrConfig(
        use_timm_backbone=False,
        use_pretrained_backbone=False,
        backbone=None,
        backbone_config=backbone,
        num_queries=5,
        **{
            name: size
            for name, size in BART_LIKE.items()
            if "voc" not in name and "max" not in name
        },
    )


MORE = [
    Architecture(
        "T5",
        WRAP,
        alone(
            hf.T5Config,
            vocab_size=VOCABULARY,
            d_model=24,
            d_kv=6,
            d_ff=32,
            num_layers=3,
            num_decoder_layers=2,
            num_heads=4,
            decoder_start_token_id=0,
        ),
        "both",
        gain=2.0,  # T5 does not scale its scores: a gain of 6 leaves no two rows of eager alike
    ),
    Architecture("BART", WRAP, alone(hf.BartConfig, **BART_LIKE), "both"),
    Architecture(
        "mBART",
        WRAP,
        alone(hf.MBartConfig, **{**BART_LIKE, "encoder_layers": 3, "decoder_layers": 2}),
        "both",
    ),
    Architecture(
        "Marian",
        WRAP,
        alone(hf.MarianConfig, **BART_LIKE, pad_token_id=0, decoder_start_token_id=0),
        "both",
    ),
    Architecture("Pegasus", WRAP, alone(hf.PegasusConfig, **BART_LIKE), "both"),
    Architecture("M2M100", WRAP, alone(hf.M2M100Config, **BART_LIKE), "both"),
    Architecture(
        "Whisper",
        WRAP,
        alone(
            hf.WhisperConfig,
            **{name: size for name, size in BART_LIKE.items() if "max" not in name},
            num_mel_bins=8,
            max_source_positions=12,
            max_target_positions=40,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
            decoder_start_token_id=1,
        ),
        "audio",
    ),
    Architecture("ViT", WRAP, alone(hf.ViTConfig, **VISION_LIKE), "vision"),
    Architecture(
        "CLIP",
        WRAP,
        lambda: hf.CLIPConfig(
            text_config=CLIP_TEXT, vision_config={**VISION_LIKE, "num_hidden_layers": 3}
        ),
        "clip",
    ),
    Architecture("DETR", WRAP, detr, "detr"),
    Architecture(
        "Swin",
        WRAP,
        alone(
            hf.SwinConfig,
            image_size=16,
            patch_size=2,
            embed_dim=8,
            depths=[2, 2],
            num_heads=[2, 4],
            window_size=4,
        ),
        "swin",
    ),
]
