"""Metric math of GetMetricData: arithmetic between series, the common functions, METRICS() and SEARCH()."""

from __future__ import annotations

import ast
import itertools
import math
import re
from collections.abc import Callable, Mapping

Series = dict[float, float]
Value = Series | float | list[Series]
SEARCH = re.compile(r"^SEARCH\(\s*(['\"])(?P<query>.*?)\1\s*(?:,\s*(['\"])(?P<stat>[^'\"]*)\3\s*)?(?:,\s*(?P<period>\d+)\s*)?\)$")


class MathError(Exception):
    """The expression cannot be evaluated; the text is what AWS's ValidationError says."""


def evaluate(expression: str, series: Mapping[str, Series], period: int) -> list[Series]:
    """The value of an expression over named series: one series, or several for a function that gives many.

    A missing point in one operand makes the result miss it, as in CloudWatch.
    """
    try:
        tree = ast.parse(expression.replace("^", "**").replace("&&", " and ").replace("||", " or "), mode="eval")
    except SyntaxError as wrong:
        raise MathError(f"Error in expression '{expression}': {wrong.msg}") from wrong
    value = _Evaluator(expression, series, period).visit(tree.body)
    if isinstance(value, list):
        return value
    if isinstance(value, (int, float)):
        times = sorted({t for s in series.values() for t in s})
        return [dict.fromkeys(times, float(value))]
    return [value]


class _Evaluator:
    """Walks the syntax tree; only what metric math has is allowed."""

    def __init__(self, expression: str, series: Mapping[str, Series], period: int) -> None:
        self.expression = expression
        self.series = series
        self.period = period

    def visit(self, node: ast.expr) -> Value:
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return float(node.value)
        if isinstance(node, ast.Name):
            if node.id not in self.series:
                raise MathError(f"Error in expression '{self.expression}': unknown id {node.id}")
            return dict(self.series[node.id])
        if isinstance(node, ast.List):
            return [v for item in node.elts for v in self._many(self.visit(item))]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return _combine(0.0, self.visit(node.operand), lambda a, b: a - b)
        if isinstance(node, ast.BinOp):
            return _combine(self.visit(node.left), self.visit(node.right), self._operator(node.op))
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return _combine(self.visit(node.left), self.visit(node.comparators[0]), self._comparison(node.ops[0]))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._call(node.func.id.upper(), node.args)
        raise MathError(f"Error in expression '{self.expression}': not supported")

    def _many(self, value: Value) -> list[Series]:
        if isinstance(value, list):
            return value
        return [value] if isinstance(value, dict) else []

    def _operator(self, kind: ast.operator) -> Callable[[float, float], float | None]:
        operators: dict[type[ast.operator], Callable[[float, float], float | None]] = {
            ast.Add: lambda a, b: a + b,
            ast.Sub: lambda a, b: a - b,
            ast.Mult: lambda a, b: a * b,
            ast.Div: lambda a, b: a / b if b else None,
            ast.Pow: lambda a, b: a**b,
        }
        if type(kind) not in operators:
            raise MathError(f"Error in expression '{self.expression}': unknown operator")
        return operators[type(kind)]

    def _comparison(self, kind: ast.cmpop) -> Callable[[float, float], float]:
        comparisons: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
            ast.Gt: lambda a, b: a > b,
            ast.GtE: lambda a, b: a >= b,
            ast.Lt: lambda a, b: a < b,
            ast.LtE: lambda a, b: a <= b,
            ast.Eq: lambda a, b: a == b,
            ast.NotEq: lambda a, b: a != b,
        }
        if type(kind) not in comparisons:
            raise MathError(f"Error in expression '{self.expression}': unknown comparison")
        compare = comparisons[type(kind)]
        return lambda a, b: 1.0 if compare(a, b) else 0.0

    def _call(self, name: str, arguments: list[ast.expr]) -> Value:
        if name == "METRICS":
            return [dict(s) for s in self.series.values()]
        values = [self.visit(a) for a in arguments if not (isinstance(a, ast.Name) and a.id in ("REPEAT", "LINEAR"))]
        if name == "IF" and len(values) >= 2:
            return self._if(values)
        if name in ("SUM", "AVG", "MIN", "MAX", "STDDEV") and values:
            return _across(name, self._many(values[0]))
        first = values[0] if values else 0.0
        if name == "FILL":
            return self._fill(first, arguments[1])
        if name == "PERIOD":
            return float(self.period)
        if name in ("ABS", "CEIL", "FLOOR") and isinstance(first, dict):
            functions: dict[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}
            return {t: float(functions[name](v)) for t, v in first.items()}
        if name in ("DIFF", "RATE") and isinstance(first, dict):
            times = sorted(first)
            pairs = list(itertools.pairwise(times))
            return {b: (first[b] - first[a]) / ((b - a) if name == "RATE" else 1) for a, b in pairs}
        if name == "RUNNING_SUM" and isinstance(first, dict):
            total, sums = 0.0, {}
            for t in sorted(first):
                total += first[t]
                sums[t] = total
            return sums
        raise MathError(f"Error in expression '{self.expression}': unknown function {name}")

    def _if(self, values: list[Value]) -> Value:
        condition = values[0]
        if not isinstance(condition, dict):
            chosen = values[1] if condition else values[2]
            return chosen
        result: Series = {}
        for t, true in condition.items():
            value = values[1] if true else (values[2] if len(values) > 2 else None)
            if isinstance(value, dict):
                value = value.get(t)
            if isinstance(value, (int, float)):
                result[t] = float(value)
        return result

    def _fill(self, value: Value, how: ast.expr) -> Value:
        times = sorted({t for s in self.series.values() for t in s})
        if not isinstance(value, dict):
            return value
        constant = how.value if isinstance(how, ast.Constant) else None
        filled, last = {}, 0.0
        for t in times:
            last = value.get(t, last)
            filled[t] = value.get(t, float(constant) if isinstance(constant, (int, float)) else last)
        return filled


def _combine(left: Value, right: Value, operator: Callable[[float, float], float | None]) -> Value:
    if isinstance(left, list) or isinstance(right, list):
        many, other, flipped = (left, right, False) if isinstance(left, list) else (right, left, True)
        assert isinstance(many, list)
        results = [_combine(other, s, operator) if flipped else _combine(s, other, operator) for s in many]
        return [r for r in results if isinstance(r, dict)]
    if isinstance(left, dict):
        times = left.keys() & right.keys() if isinstance(right, dict) else left.keys()
        pairs = ((t, left[t], right[t] if isinstance(right, dict) else right) for t in times)
        return {t: v for t, a, b in pairs if (v := operator(a, b)) is not None}
    if isinstance(right, dict):
        return {t: v for t, b in right.items() if (v := operator(left, b)) is not None}
    value = operator(left, right)
    return 0.0 if value is None else value


def _across(name: str, many: list[Series]) -> Series:
    """A statistic over several series at each time."""
    times = sorted({t for s in many for t in s})
    result: Series = {}
    for t in times:
        values = [s[t] for s in many if t in s]
        mean = sum(values) / len(values)
        result[t] = {
            "SUM": sum(values),
            "AVG": mean,
            "MIN": min(values),
            "MAX": max(values),
            "STDDEV": (sum((v - mean) ** 2 for v in values) / len(values)) ** 0.5,
        }[name]
    return result
