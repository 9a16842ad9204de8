extension NameTable {
  /// Every table; where a name is in several, the first counts unless more is known.
  static let all = [
    llama, sandwiched, mixtral, mixtureOfExperts, phi, phi3, starCoder2, originalLLaMA, bloom,
    falcon, gptNeoX, gpt2, mpt, t5, phi2,
  ]

  /// LLaMA, and the many that are built and named like it.
  private static let llama = NameTable(
    architectures: [
      "llama", "mistral", "qwen2", "qwen3", "gemma", "olmo", "granite", "cohere", "stablelm",
      "minicpm", "smollm3", "nemotron", "internlm3", "ministral3", "arcee",
    ],
    layerWord: "layers", outer: llamaOuter, inner: llamaInner, buffers: llamaBuffers)

  private static let llamaOuter: [String: Role.Component] = [
    "embed_tokens": .token_embd, "norm": .output_norm, "lm_head": .output,
  ]

  private static let llamaInner: [String: Role.Component] = [
    "input_layernorm": .attn_norm,
    "self_attn.q_proj": .attn_q, "self_attn.k_proj": .attn_k, "self_attn.v_proj": .attn_v,
    "self_attn.o_proj": .attn_output,
    "self_attn.q_norm": .attn_q_norm, "self_attn.k_norm": .attn_k_norm,
    "post_attention_layernorm": .ffn_norm,
    "mlp.gate_proj": .ffn_gate, "mlp.up_proj": .ffn_up, "mlp.down_proj": .ffn_down,
  ]

  private static let llamaBuffers: [String: Role.Component] = [
    "rotary_emb.inv_freq": .rotary_inv_freq, "self_attn.rotary_emb.inv_freq": .rotary_inv_freq,
  ]

  /// Gemma 2 and 3, OLMo 2 and 3: norms behind attention and feed-forward part too, so that the
  /// norm behind attention is not the one before the feed-forward part.
  private static let sandwiched = NameTable(
    architectures: ["gemma2", "gemma3", "gemma3_text", "olmo2", "olmo3"],
    layerWord: "layers", outer: llamaOuter,
    inner: llamaInner.replacing([
      "post_attention_layernorm": .post_attention_norm,
      "pre_feedforward_layernorm": .ffn_norm, "post_feedforward_layernorm": .post_ffw_norm,
    ]), buffers: llamaBuffers)

  /// Mixtral.
  private static let mixtral = NameTable(
    architectures: ["mixtral", "phimoe", "minimax"],
    layerWord: "layers", outer: llamaOuter,
    inner: llamaInner.replacing([
      "block_sparse_moe.gate": .ffn_gate_inp,
      "block_sparse_moe.experts.#.w1": .ffn_gate_exps,
      "block_sparse_moe.experts.#.w2": .ffn_down_exps,
      "block_sparse_moe.experts.#.w3": .ffn_up_exps,
    ]), buffers: llamaBuffers)

  /// The mixtures of experts of Qwen, OLMoE, and of DeepSeek 1.
  private static let mixtureOfExperts = NameTable(
    architectures: ["qwen2_moe", "qwen3_moe", "olmoe", "deepseek"],
    layerWord: "layers", outer: llamaOuter,
    inner: llamaInner.replacing([
      "mlp.gate": .ffn_gate_inp,
      "mlp.experts.#.gate_proj": .ffn_gate_exps, "mlp.experts.#.up_proj": .ffn_up_exps,
      "mlp.experts.#.down_proj": .ffn_down_exps,
      // All experts in one tensor, as the modules of transformers 5 hold them.
      "mlp.experts.gate_up_proj": .ffn_gate_up_exps, "mlp.experts.down_proj": .ffn_down_exps,
      "mlp.shared_expert_gate": .ffn_gate_inp_shexp,
      "mlp.shared_expert.gate_proj": .ffn_gate_shexp, "mlp.shared_expert.up_proj": .ffn_up_shexp,
      "mlp.shared_expert.down_proj": .ffn_down_shexp,
      "mlp.shared_experts.gate_proj": .ffn_gate_shexp, "mlp.shared_experts.up_proj": .ffn_up_shexp,
      "mlp.shared_experts.down_proj": .ffn_down_shexp,
    ]), buffers: llamaBuffers)

  /// Phi 1 and 2 as transformers writes them.
  private static let phi = NameTable(
    architectures: ["phi"], layerWord: "layers",
    outer: [
      "embed_tokens": .token_embd, "final_layernorm": .output_norm, "lm_head": .output,
    ],
    inner: [
      "input_layernorm": .attn_norm,
      "self_attn.q_proj": .attn_q, "self_attn.k_proj": .attn_k, "self_attn.v_proj": .attn_v,
      "self_attn.dense": .attn_output,
      "self_attn.q_layernorm": .attn_q_norm, "self_attn.k_layernorm": .attn_k_norm,
      "mlp.fc1": .ffn_up, "mlp.fc2": .ffn_down,
    ], buffers: llamaBuffers)

  /// Phi 3 and 4: queries, keys and values in one tensor; gate and up in another, which GGUF calls
  /// `ffn_up`.
  private static let phi3 = NameTable(
    architectures: ["phi3"], layerWord: "layers", outer: llamaOuter,
    inner: llamaInner.replacing([
      "self_attn.qkv_proj": .attn_qkv, "mlp.gate_up_proj": .ffn_up,
    ]), buffers: llamaBuffers)

  /// StarCoder 2.
  private static let starCoder2 = NameTable(
    architectures: ["starcoder2"], layerWord: "layers", outer: llamaOuter,
    inner: llamaInner.replacing(["mlp.c_fc": .ffn_up, "mlp.c_proj": .ffn_down]),
    buffers: llamaBuffers)

  /// LLaMA's own `.pth` files, and what Mistral publishes beside the Hugging Face files.
  private static let originalLLaMA = NameTable(
    architectures: [], layerWord: "layers",
    outer: ["tok_embeddings": .token_embd, "norm": .output_norm, "output": .output],
    inner: [
      "attention_norm": .attn_norm,
      "attention.wq": .attn_q, "attention.wk": .attn_k, "attention.wv": .attn_v,
      "attention.wo": .attn_output,
      "ffn_norm": .ffn_norm,
      "feed_forward.w1": .ffn_gate, "feed_forward.w2": .ffn_down, "feed_forward.w3": .ffn_up,
      "feed_forward.gate": .ffn_gate_inp, "feed_forward.experts.#.w1": .ffn_gate_exps,
      "feed_forward.experts.#.w2": .ffn_down_exps, "feed_forward.experts.#.w3": .ffn_up_exps,
    ],
    buffers: [
      "rope.freqs": .rotary_inv_freq,
      "attention.inner_attention.rope.freqs": .rotary_inv_freq,
    ], hasInterleavedRows: true)

  /// BLOOM.
  private static let bloom = NameTable(
    architectures: ["bloom"], layerWord: "h",
    outer: [
      "word_embeddings": .token_embd, "word_embeddings_layernorm": .token_embd_norm,
      "ln_f": .output_norm, "lm_head": .output,
    ],
    inner: [
      "input_layernorm": .attn_norm,
      "self_attention.query_key_value": .attn_qkv, "self_attention.dense": .attn_output,
      "post_attention_layernorm": .ffn_norm,
      "mlp.dense_h_to_4h": .ffn_up, "mlp.dense_4h_to_h": .ffn_down,
    ])

  /// Falcon; with two norms side by side, GGUF takes the feed-forward part's for the first.
  private static let falcon = NameTable(
    architectures: ["falcon", "RefinedWeb", "RefinedWebModel"], layerWord: "h",
    outer: ["word_embeddings": .token_embd, "ln_f": .output_norm, "lm_head": .output],
    inner: [
      "input_layernorm": .attn_norm, "ln_mlp": .attn_norm, "ln_attn": .attn_norm_2,
      "self_attention.query_key_value": .attn_qkv, "self_attention.dense": .attn_output,
      "post_attention_layernorm": .ffn_norm,
      "mlp.dense_h_to_4h": .ffn_up, "mlp.dense_4h_to_h": .ffn_down,
    ])

  /// GPT-NeoX and Pythia.
  private static let gptNeoX = NameTable(
    architectures: ["gpt_neox"], layerWord: "layers",
    outer: [
      "embed_in": .token_embd, "final_layer_norm": .output_norm, "embed_out": .output,
      // transformers 5 calls the module so, and saves it under the old name.
      "lm_head": .output,
    ],
    inner: [
      "input_layernorm": .attn_norm,
      "attention.query_key_value": .attn_qkv, "attention.dense": .attn_output,
      "post_attention_layernorm": .ffn_norm,
      "mlp.dense_h_to_4h": .ffn_up, "mlp.dense_4h_to_h": .ffn_down,
    ],
    buffers: [
      "attention.bias": .attn_mask, "attention.masked_bias": .attn_masked_value,
      "attention.rotary_emb.inv_freq": .rotary_inv_freq, "rotary_emb.inv_freq": .rotary_inv_freq,
    ])

  /// GPT-2, and StarCoder 1.
  private static let gpt2 = NameTable(
    architectures: ["gpt2", "gpt_bigcode"], layerWord: "h",
    outer: [
      "wte": .token_embd, "wpe": .position_embd, "ln_f": .output_norm, "lm_head": .output,
    ],
    inner: [
      "ln_1": .attn_norm, "attn.c_attn": .attn_qkv, "attn.c_proj": .attn_output,
      "ln_2": .ffn_norm, "mlp.c_fc": .ffn_up, "mlp.c_proj": .ffn_down,
    ],
    buffers: ["attn.bias": .attn_mask, "attn.masked_bias": .attn_masked_value])

  /// MPT.
  private static let mpt = NameTable(
    architectures: ["mpt"], layerWord: "blocks",
    outer: [
      "wte": .token_embd, "wpe": .position_embd, "norm_f": .output_norm, "lm_head": .output,
    ],
    inner: [
      "norm_1": .attn_norm, "attn.Wqkv": .attn_qkv, "attn.out_proj": .attn_output,
      "attn.q_ln": .attn_q_norm, "attn.k_ln": .attn_k_norm,
      "norm_2": .ffn_norm, "ffn.up_proj": .ffn_up, "ffn.down_proj": .ffn_down,
    ])

  /// T5, mT5 and what was made from them.
  private static let t5 = NameTable(
    architectures: ["t5", "mt5", "umt5"], layerWord: "block",
    outer: [
      "shared": .token_embd, "embed_tokens": .token_embd, "final_layer_norm": .output_norm,
      "lm_head": .output,
    ],
    inner: t5Attention.replacing(t5FeedForward(layer: 1)),
    decoderInner: t5Attention.replacing(t5FeedForward(layer: 2)).replacing([
      "layer.1.layer_norm": .cross_attn_norm,
      "layer.1.EncDecAttention.q": .cross_attn_q, "layer.1.EncDecAttention.k": .cross_attn_k,
      "layer.1.EncDecAttention.v": .cross_attn_v, "layer.1.EncDecAttention.o": .cross_attn_o,
      "layer.1.EncDecAttention.relative_attention_bias": .cross_attn_rel_b,
    ]))

  private static let t5Attention: [String: Role.Component] = [
    "layer.0.layer_norm": .attn_norm,
    "layer.0.SelfAttention.q": .attn_q, "layer.0.SelfAttention.k": .attn_k,
    "layer.0.SelfAttention.v": .attn_v, "layer.0.SelfAttention.o": .attn_output,
    "layer.0.SelfAttention.relative_attention_bias": .attn_rel_b,
  ]

  private static func t5FeedForward(layer: Int) -> [String: Role.Component] {
    [
      "layer.\(layer).layer_norm": .ffn_norm,
      "layer.\(layer).DenseReluDense.wi": .ffn_up, "layer.\(layer).DenseReluDense.wi_0": .ffn_gate,
      "layer.\(layer).DenseReluDense.wi_1": .ffn_up, "layer.\(layer).DenseReluDense.wo": .ffn_down,
    ]
  }

  /// Phi 2 as Microsoft first published it.
  private static let phi2 = NameTable(
    architectures: ["phi-msft"], layerWord: "h",
    outer: [
      "embd.wte": .token_embd, "lm_head.ln": .output_norm, "lm_head.linear": .output,
    ],
    inner: [
      "ln": .attn_norm, "mixer.Wqkv": .attn_qkv, "mixer.out_proj": .attn_output,
      "mlp.fc1": .ffn_up, "mlp.fc2": .ffn_down,
    ])
}

extension [String: Role.Component] {
  /// The places with some of them added, or put in the stead of those that are there.
  fileprivate func replacing(_ places: [String: Role.Component]) -> [String: Role.Component] {
    merging(places) { $1 }
  }
}
