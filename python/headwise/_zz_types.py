from transformers import AutoModel, AutoTokenizer, BertModel, PreTrainedTokenizerBase
import headwise as hw
def f(model: BertModel, tok: PreTrainedTokenizerBase):
    t = hw.trace(model, tok, "a")
    reveal_type(t)
    reveal_type(hw.trace)
m = AutoModel.from_pretrained("x"); k = AutoTokenizer.from_pretrained("x")
hw.trace(m, k, "x").weights(1, 2, queries=[3])
