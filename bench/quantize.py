"""Quantises the weights of a graph to int8, dynamically, by ONNX Runtime's own tool. Usage: quantize.py GRAPH TO"""
import sys

from onnxruntime.quantization import QuantType, quantize_dynamic

quantize_dynamic(sys.argv[1], sys.argv[2], weight_type=QuantType.QInt8)
