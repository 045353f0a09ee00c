/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Quality: how a person would judge it (E-model, ITU-T G.107). Pure. */
#pragma once

#include "providers/media/codec.h"

/* 1 to 4.5, of the delay from mouth to ear and the part of the packets that is lost (0 to 1). */
double quality_mos(Codec codec, double delay_ms, double lost);
