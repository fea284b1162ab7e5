// Operations that visit each number once. `scale` 0 means no dropout.
#pragma once
#include "call.h"
#include "functions.h"

/** Fewer numbers than this are not worth a second thread. */
enum { WORTH_SHARING = 1 << 14 };

typedef struct {
  long size;
  const float *x, *dy;
  float *y;
  uint32_t base;
  int threshold;
  float scale;
} Pointwise;

/** Runs BODY for each vector of this part, as EACH_WITHIN. */
#define EACH_VECTOR(size, BODY) EACH_WITHIN(shareFrom(size, 64, part, parts), shareFrom(size, 64, part + 1, parts), BODY)

static void geluPart(void *data, int part, int parts) {
  const Pointwise *own = data;
  EACH_VECTOR(own->size, {
    Floats y = geluOf(LOAD(own->x));
    if (own->scale != 0) y *= maskAt((uint32_t)i, own->base, own->threshold, own->scale);
    STORE(own->y, y);
  })
}

static void geluGradPart(void *data, int part, int parts) {
  const Pointwise *own = data;
  EACH_VECTOR(own->size, {
    Floats dx = geluSlope(LOAD(own->x)) * LOAD(own->dy);
    if (own->scale != 0) dx *= maskAt((uint32_t)i, own->base, own->threshold, own->scale);
    STORE(own->y, dx);
  })
}

static void dropoutPart(void *data, int part, int parts) {
  const Pointwise *own = data;
  EACH_VECTOR(own->size, { STORE(own->y, LOAD(own->x) * maskAt((uint32_t)i, own->base, own->threshold, own->scale)); })
}

/** The three arguments of dropout, from `index` on. */
static void readDropout(const Call *call, int index, Pointwise *own) {
  own->base = seedBase((uint32_t)whole(call, index));
  own->threshold = whole(call, index + 1);
  own->scale = real(call, index + 2);
}

/** gelu(x, y, size, seed, threshold, scale, scratch) */
static void gelu(Call *call) {
  Pointwise own = {.size = sizeOf(call, 2)};
  own.x = needed(call, 0, 4.0 * own.size);
  own.y = needed(call, 1, 4.0 * own.size);
  readDropout(call, 3, &own);
  if (!call->error[0]) share(call, geluPart, &own, own.size >= WORTH_SHARING);
}

/** geluGrad(dy, x, dx, size, seed, threshold, scale, scratch) */
static void geluGrad(Call *call) {
  Pointwise own = {.size = sizeOf(call, 3)};
  own.dy = needed(call, 0, 4.0 * own.size);
  own.x = needed(call, 1, 4.0 * own.size);
  own.y = needed(call, 2, 4.0 * own.size);
  readDropout(call, 4, &own);
  if (!call->error[0]) share(call, geluGradPart, &own, own.size >= WORTH_SHARING);
}

/** dropout(x, y, size, seed, threshold, scale) */
static void dropout(Call *call) {
  Pointwise own = {.size = sizeOf(call, 2)};
  own.x = needed(call, 0, 4.0 * own.size);
  own.y = needed(call, 1, 4.0 * own.size);
  readDropout(call, 3, &own);
  if (!call->error[0]) share(call, dropoutPart, &own, own.size >= WORTH_SHARING);
}

typedef struct {
  long size;
  const float *param, *grad, *m, *v;
  float *newParam, *newM, *newV;
  float lr, beta1, gain1, beta2, gain2, epsilon, decay, l2, gradScale, correction1, correction2;
} Adam;

static void adamPart(void *data, int part, int parts) {
  const Adam *own = data;
  const Floats lr = splat(own->lr), beta1 = splat(own->beta1), gain1 = splat(own->gain1), beta2 = splat(own->beta2),
               gain2 = splat(own->gain2), epsilon = splat(own->epsilon), decay = splat(own->decay), l2 = splat(own->l2),
               gradScale = splat(own->gradScale), correction1 = splat(own->correction1),
               correction2 = splat(own->correction2);
  EACH_VECTOR(own->size, {
    Floats p = LOAD(own->param);
    Floats g = fma_(p, l2, LOAD(own->grad) * gradScale);
    Floats m = fma_(beta1, LOAD(own->m), gain1 * g);
    Floats v = fma_(beta2, LOAD(own->v), gain2 * (g * g));
    Floats step = (lr * (m / correction1)) / (sqrt_(v / correction2) + epsilon);
    STORE(own->newParam, (p - p * decay) - step);
    STORE(own->newM, m);
    STORE(own->newV, v);
  })
}

/**
 * adam(param, grad, m, v, newParam, newM, newV, size, lr, beta1, gain1, beta2, gain2, epsilon, decay, l2, gradScale,
 * correction1, correction2)
 */
static void adam(Call *call) {
  Adam own = {.size = sizeOf(call, 7)};
  double bytes = 4.0 * own.size;
  own.param = needed(call, 0, bytes);
  own.grad = needed(call, 1, bytes);
  own.m = needed(call, 2, bytes);
  own.v = needed(call, 3, bytes);
  own.newParam = needed(call, 4, bytes);
  own.newM = needed(call, 5, bytes);
  own.newV = needed(call, 6, bytes);
  float *const numbers[] = {&own.lr,    &own.beta1, &own.gain1,     &own.beta2,       &own.gain2,      &own.epsilon,
                            &own.decay, &own.l2,    &own.gradScale, &own.correction1, &own.correction2};
  for (int i = 0; i < 11; i++) *numbers[i] = real(call, 8 + i);
  if (!call->error[0]) share(call, adamPart, &own, own.size >= WORTH_SHARING);
}
