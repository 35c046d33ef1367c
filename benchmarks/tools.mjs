// How each tool is waited for, pointed at and used; `stages` names those of stages.mjs, in order.

import { head } from "./head_tools.mjs";
import { model } from "./model_tools.mjs";

export const tools = { head_view: head, model_view: model };
