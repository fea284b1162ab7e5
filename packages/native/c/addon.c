// The Node-API side: sessions over a WebAssembly memory, and their operations as JavaScript functions.
#include "call.h"
#include "engine.h"
#include "platform.h"
#include "node.h"
#include "variants.h"
#include <stdlib.h>
#include <string.h>

/** Kernels over one memory. Its functions share it; it ends with the last of them. */
typedef struct {
  uint8_t *memory;
  size_t length;
  /** Keeps the memory alive: an ArrayBuffer, or a view of shared memory. */
  napi_ref buffer;
  /** Whether it is shared, and so can be neither moved nor taken away. */
  bool shared;
  /** NULL once the session is closed. */
  Pool *pool;
  int users;
} Session;

/** What a function of a session runs. */
typedef struct {
  Session *session;
  const Op *op;
  const EngineOp *engine;
} Binding;

#define CHECK(call)                                                                                                    \
  if ((call) != napi_ok) {                                                                                             \
    bool pending = false;                                                                                              \
    napi_is_exception_pending(env, &pending);                                                                          \
    if (!pending) napi_throw_error(env, NULL, "[ringformer/native] Node-API failed: " #call);                          \
    return NULL;                                                                                                       \
  }

static napi_value refuse(napi_env env, const char *name, const char *reason) {
  char text[256];
  snprintf(text, sizeof text, "[ringformer/native] %s: %s.", name, reason);
  napi_throw_range_error(env, "ERR_RINGFORMER_NATIVE", text);
  return NULL;
}

/** A memory as JavaScript passes it: `owner` is what keeps it alive. */
typedef struct {
  napi_value owner;
  uint8_t *memory;
  size_t length;
  bool shared;
} Bytes;

/** Reads an ArrayBuffer, or a Uint8Array over all of a buffer (the way to pass shared memory in Node 20). */
static int readBytes(napi_env env, napi_value value, Bytes *to) {
  void *data = NULL;
  bool is = false;
  napi_value buffer = value;
  size_t length = 0;
  if (napi_is_typedarray(env, value, &is) != napi_ok) return 0;
  if (is) {
    napi_typedarray_type type;
    size_t offset;
    if (napi_get_typedarray_info(env, value, &type, &length, &data, &buffer, &offset) != napi_ok) return 0;
    if (type != napi_uint8_array || offset != 0) return 0;
  }
  if (napi_is_arraybuffer(env, buffer, &is) != napi_ok) return 0;
  *to = (Bytes){.owner = is ? buffer : value, .shared = !is};
  if (is && napi_get_arraybuffer_info(env, buffer, &data, &length) != napi_ok) return 0;
  to->memory = data;
  to->length = length;
  return data != NULL && length > 0;
}

/** What the session's memory is now: one that is not shared may have shrunk, or grown and so been detached. */
static int refresh(napi_env env, Session *session) {
  if (session->shared) return 1;
  napi_value buffer;
  void *data = NULL;
  size_t length = 0;
  if (napi_get_reference_value(env, session->buffer, &buffer) != napi_ok || !buffer ||
      napi_get_arraybuffer_info(env, buffer, &data, &length) != napi_ok)
    return 0;
  session->memory = data;
  session->length = data ? length : 0;
  return data != NULL;
}

static const char *const CLOSED = "the session is closed";
static const char *const WRONG_MEMORY =
    "expected an ArrayBuffer or a Uint8Array over all of one, which must not be detached or empty";
static const char *const DETACHED = "the memory is detached; call `rebind` with the present one";

static void leave(napi_env env, Session *session) {
  if (--session->users > 0) return;
  if (session->buffer) napi_delete_reference(env, session->buffer);
  poolEnd(session->pool);
  free(session);
}

/** close(): ends the session's threads at once, instead of when its functions are collected. */
static napi_value closeSession(napi_env env, napi_callback_info info) {
  void *data;
  CHECK(napi_get_cb_info(env, info, NULL, NULL, NULL, &data));
  Session *session = ((const Binding *)data)->session;
  poolEnd(session->pool);
  session->pool = NULL;
  if (session->buffer) napi_delete_reference(env, session->buffer);
  session->buffer = NULL;
  session->memory = NULL;
  session->length = 0;
  return NULL;
}

static void forget(napi_env env, void *data, void *hint) {
  (void)hint;
  Binding *binding = data;
  leave(env, binding->session);
  free(binding);
}

static napi_value invoke(napi_env env, napi_callback_info info) {
  size_t count = MAX_ARGUMENTS;
  napi_value values[MAX_ARGUMENTS];
  double numbers[MAX_ARGUMENTS];
  void *data;
  CHECK(napi_get_cb_info(env, info, &count, values, NULL, &data));
  const Binding *binding = data;
  const Op *op = binding->op;
  if (count < (size_t)op->arguments) {
    char reason[80];
    snprintf(reason, sizeof reason, "expected %d numbers, got %zu", op->arguments, count);
    return refuse(env, op->name, reason);
  }
  for (int i = 0; i < op->arguments; i++) {
    if (napi_get_value_double(env, values[i], &numbers[i]) == napi_ok) continue;
    bool flag;
    if (napi_get_value_bool(env, values[i], &flag) != napi_ok) return refuse(env, op->name, "expected numbers only");
    numbers[i] = flag;
  }
  Session *session = binding->session;
  if (!session->pool) return refuse(env, op->name, CLOSED);
  if (!refresh(env, session)) return refuse(env, op->name, DETACHED);
  Call call = {.args = numbers, .memory = session->memory, .length = session->length, .pool = session->pool};
  op->run(&call);
  if (call.error[0]) return refuse(env, op->name, call.error);
  napi_value result;
  CHECK(napi_create_double(env, call.result, &result));
  return result;
}

/** native(operation, address): one operation of the inference engine, whose arguments are words in the memory. */
static napi_value invokeEngine(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value values[2];
  void *data;
  CHECK(napi_get_cb_info(env, info, &count, values, NULL, &data));
  const Binding *binding = data;
  Session *session = binding->session;
  double operation, address;
  if (count < 2 || napi_get_value_double(env, values[0], &operation) != napi_ok ||
      napi_get_value_double(env, values[1], &address) != napi_ok)
    return refuse(env, "engine", "expected an operation and an address");
  if (address < 0) address += 4294967296.0; // WebAssembly passes i32
  if (!session->pool) return refuse(env, "engine", CLOSED);
  if (!refresh(env, session)) return refuse(env, "engine", DETACHED);
  EngineCall call = {.memory = session->memory, .length = session->length, .pool = session->pool};
  runEngine(binding->engine, &call, operation, address);
  if (call.error[0]) return refuse(env, "engine", call.error);
  return NULL;
}

/** rebind(memory): the session's memory has grown, and its buffer is another. */
static napi_value rebind(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value value;
  void *data;
  CHECK(napi_get_cb_info(env, info, &count, &value, NULL, &data));
  Session *session = ((const Binding *)data)->session;
  if (!session->pool) return refuse(env, "rebind", CLOSED);
  Bytes bytes;
  napi_ref buffer;
  if (count < 1 || !readBytes(env, value, &bytes)) return refuse(env, "rebind", WRONG_MEMORY);
  CHECK(napi_create_reference(env, bytes.owner, 1, &buffer));
  napi_delete_reference(env, session->buffer);
  session->memory = bytes.memory;
  session->length = bytes.length;
  session->shared = bytes.shared;
  session->buffer = buffer;
  largePages(bytes.memory, bytes.length);
  return NULL;
}

/** Adds a function of the session to `object`. */
static int addFunction(napi_env env, napi_value object, Session *session, const char *key, napi_callback callback,
                       const Op *op, const EngineOp *engine) {
  Binding *binding = calloc(1, sizeof *binding);
  if (!binding) return 0;
  *binding = (Binding){.session = session, .op = op, .engine = engine};
  napi_value function;
  if (napi_create_function(env, key, NAPI_AUTO_LENGTH, callback, binding, &function) != napi_ok ||
      napi_add_finalizer(env, function, binding, forget, NULL, NULL) != napi_ok) {
    free(binding);
    return 0;
  }
  session->users++;
  return napi_set_named_property(env, object, key, function) == napi_ok;
}

/** open(memory, threads, variant): a session, as an object with a function for each operation. */
static napi_value openSession(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value values[3], object;
  CHECK(napi_get_cb_info(env, info, &count, values, NULL, NULL));
  Bytes bytes;
  double threads;
  char name[32] = "";
  if (count < 3 || !readBytes(env, values[0], &bytes)) return refuse(env, "open", WRONG_MEMORY);
  if (napi_get_value_double(env, values[1], &threads) != napi_ok || !(threads >= 1 && threads <= 64) ||
      threads != (double)(int)threads)
    return refuse(env, "open", "expected 1 to 64 threads");
  if (napi_get_value_string_utf8(env, values[2], name, sizeof name, NULL) != napi_ok)
    return refuse(env, "open", "expected the name of a variant");
  const Variant *variant = NULL;
  for (int i = 0; i < variantCount(); i++)
    if (strcmp(variantAt(i)->name, name) == 0) variant = variantAt(i);
  if (!variant) return refuse(env, "open", "this processor does not run that variant; see `variants`");

  Session *session = calloc(1, sizeof *session);
  if (!session) return refuse(env, "open", "memory is exhausted");
  *session = (Session){.memory = bytes.memory, .length = bytes.length, .shared = bytes.shared, .users = 1};
  session->pool = poolStart((int)threads);
  largePages(bytes.memory, bytes.length);
  napi_value result = NULL;
  if (!session->pool) {
    refuse(env, "open", "threads cannot start");
    goto done;
  }
  if (napi_create_reference(env, bytes.owner, 1, &session->buffer) != napi_ok) goto done;
  if (napi_create_object(env, &object) != napi_ok) goto done;
  if (!addFunction(env, object, session, "engine", invokeEngine, NULL, variant->engine) ||
      !addFunction(env, object, session, "rebind", rebind, NULL, NULL) ||
      !addFunction(env, object, session, "close", closeSession, NULL, NULL))
    goto done;
  for (int i = 0; i < variant->count; i++)
    if (!addFunction(env, object, session, variant->ops[i].name, invoke, &variant->ops[i], NULL)) goto done;
  result = object;
done:
  leave(env, session);
  return result;
}

/** variants: what this processor runs, the best first, as { name, bfloat16, float16, int8 }. */
static napi_value listVariants(napi_env env) {
  napi_value list;
  CHECK(napi_create_array(env, &list));
  for (int i = 0; i < variantCount(); i++) {
    const Variant *variant = variantAt(i);
    napi_value item, name, bfloat16, float16, int8;
    CHECK(napi_create_object(env, &item));
    CHECK(napi_create_string_utf8(env, variant->name, NAPI_AUTO_LENGTH, &name));
    CHECK(napi_get_boolean(env, variant->bfloat16, &bfloat16));
    CHECK(napi_get_boolean(env, variant->float16, &float16));
    CHECK(napi_get_boolean(env, variant->int8, &int8));
    CHECK(napi_set_named_property(env, item, "name", name));
    CHECK(napi_set_named_property(env, item, "bfloat16", bfloat16));
    CHECK(napi_set_named_property(env, item, "float16", float16));
    CHECK(napi_set_named_property(env, item, "int8", int8));
    CHECK(napi_set_element(env, list, (uint32_t)i, item));
  }
  return list;
}

NAPI_MODULE_INIT() {
  if (!findNode()) return NULL;
  napi_value open, version;
  CHECK(napi_create_function(env, "open", NAPI_AUTO_LENGTH, openSession, NULL, &open));
  CHECK(napi_set_named_property(env, exports, "open", open));
  napi_value variants = listVariants(env);
  if (!variants) return NULL;
  CHECK(napi_set_named_property(env, exports, "variants", variants));
  CHECK(napi_create_uint32(env, RINGFORMER_ABI, &version));
  CHECK(napi_set_named_property(env, exports, "abi", version));
  return exports;
}
