package org.perceiveir.model.vit;

/**
 * Names of a block's tensors in a state dict, without what stands before the block.
 *
 * @param firstNorm layer norm before the attention
 * @param qkv joint projection to q, k and v, up to where {@code weight} and {@code bias} follow
 * @param attentionOut projection after the attention
 * @param firstScale scale of the attention's branch; used only where the form has one
 * @param secondNorm layer norm before the MLP
 * @param expand first linear layer of the MLP
 * @param contract second linear layer of the MLP
 * @param secondScale scale of the MLP's branch; used only where the form has one
 */
public record BlockNames(
    String firstNorm,
    String qkv,
    String attentionOut,
    String firstScale,
    String secondNorm,
    String expand,
    String contract,
    String secondScale) {

  /** OpenAI's CLIP, whose attention is PyTorch's {@code MultiheadAttention}. */
  public static final BlockNames CLIP =
      new BlockNames(
          "ln_1",
          "attn.in_proj_",
          "attn.out_proj",
          "ls_1.gamma",
          "ln_2",
          "mlp.c_fc",
          "mlp.c_proj",
          "ls_2.gamma");

  /** DINOv2. */
  public static final BlockNames DINOV2 =
      new BlockNames(
          "norm1",
          "attn.qkv.",
          "attn.proj",
          "ls1.gamma",
          "norm2",
          "mlp.fc1",
          "mlp.fc2",
          "ls2.gamma");
}
