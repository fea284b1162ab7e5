// What the host writes into the memory for the inference engine, word by word as in packages/wasm/src/engine/structs.ts, which
// says what each word means; its test compares the two. All sizes are padded with zeros to multiples of 16.
#pragma once
#include <stddef.h>
#include <stdint.h>

/** A count of numbers or bytes in memory. */
typedef ptrdiff_t Index;

/** A byte offset into the memory; 0 means "none". */
typedef uint32_t Address;

enum { F32 = 0, BF16 = 1, INT8 = 2 };
enum { ENCODE = 0, DECODE = 1, SEE = 2 };
/** Columns of the vocabulary whose exponentials are summed together. */
enum { SUM_BLOCK = 256 };

typedef struct {
  int32_t kind;
  Address weights;
  Address scale;
  Address sums;
  Address bias;
  int32_t n;
  int32_t k;
} Linear;

typedef struct {
  Address selfNorm;
  Address crossNorm;
  Address ffnNorm;
  Address down;
  Address queryUp;
  Address keyUp;
  Address valueUp;
  Address ffnDown;
  Address ffnUp;
} Level;

typedef struct {
  Address levels;
  Address qkv;
  Address out;
  Address crossQuery;
  Address crossOut;
  Address fc1;
  Address fc2;
  int32_t d;
  int32_t D;
  int32_t heads;
  int32_t hp;
  int32_t E;
  int32_t F;
  int32_t R;
  int32_t rankFfn;
  float scale;
  float epsilon;
  int32_t preNorm;
} Stack;

typedef struct {
  Address qkv;
  Address qkv2;
  Address attended;
  Address added;
  Address hidden;
  Address x;
  Address z;
  Address u;
  Address quantised;
  Address rowScales;
  Address scores;
  Address keys;
  Address next;
} Workspace;

typedef struct {
  int32_t kind;
  Address stack;
  Address workspace;
  int32_t rows;
  int32_t levels;
  int32_t byRows;
  Address table;
  float tableScale;
  Address positions;
  Address ids;
  Address position;
  Address spans;
  Address crossKeyValue;
  Address memory;
  Address past;
  Address masks;
  int32_t capacity;
  Address levelStep;
  Address memories;
  Address head;
  Address logits;
  Address banned;
  int32_t count;
  Address partValues;
  Address partIds;
  Address values;
  Address bestIds;
  Address blocks;
  Address screen;
  Address radii;
  float slack;
  Address bounds;
  Address input;
  Address lastNorm;
  float lastEpsilon;
} Job;
