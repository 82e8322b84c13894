// Trees that tell the classes of a table apart, and what each feature gave them.
//
// Shapes   gains [features], the total gain of all splits by that feature, as a part of 1
// Errors   indistinct: no split was made; memory; library, in XGBoost's words
// Threads  one, which is all that XGBoost uses. The same request gives the same gains
// Owns     the table, which it frees once XGBoost has its own
// Source   T. Chen, C. Guestrin, XGBoost, KDD 2016; L. Breiman, Random Forests, 2001
#pragma once

#include "host/train_protocol.hpp"

namespace reprise::train {

[[nodiscard]] reply train_trees(request asked);

}  // namespace reprise::train
