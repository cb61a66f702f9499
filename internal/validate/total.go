package validate

import (
	"cargogate/internal/cargo"
	"cargogate/internal/refdata"
)

// SumDiffers reports whether a declared total contradicts the sum of its parts. A total is as exact as it is written:
// 81230.5 stands for everything that rounds to it, so the sum may differ by half a unit of its last digit, in the unit
// of its own, and where a tolerance is agreed by that much if it is more. The tolerance is in the normal unit, kg or m³, and
// not below 0. Where either of the two is not known nothing can be said, and the answer is false.
func SumDiffers(declared *cargo.Measure, computed cargo.OptDecimal, tolerance cargo.Decimal) bool {
	if !declared.Normalised.OK || !computed.OK || declared.Normalised.D == computed.D {
		return false
	}
	unit, _, ok := refdata.ResolveUnit(declared.Unit, declared.Dimension)
	if !ok || !unit.HasFactor {
		return false
	}
	d := computed.D
	negated := cargo.NewDecimal(-declared.Normalised.D.Coefficient(), declared.Normalised.D.Scale())
	diff, ok := d.Add(negated)
	if !ok {
		return d.Cmp(declared.Normalised.D) != 0
	}
	if diff.Sign() < 0 {
		diff = cargo.NewDecimal(-diff.Coefficient(), diff.Scale())
	}
	if diff.Cmp(tolerance) <= 0 {
		return false
	}
	decimals := decimalsOf(declared.Value)
	if decimals > 16 {
		return true
	}
	half, _, ok := cargo.NewDecimal(5, uint8(decimals)+1).MulRound(cargo.NewDecimal(unit.Coefficient, unit.Scale), 18)
	return !ok || diff.Cmp(half) > 0
}

// decimalsOf counts the digits after the decimal mark as written.
func decimalsOf(number string) int {
	for i := range len(number) {
		if number[i] == '.' || number[i] == ',' {
			return len(number) - i - 1
		}
	}
	return 0
}

// CountDiffers reports whether a declared count contradicts the computed one. Where either is not known nothing can be
// said, and the answer is false.
func CountDiffers(declared, computed cargo.Count) bool {
	return declared.OK && computed.OK && declared.N != computed.N
}
