// Package values implements the interface `values`: it takes each value apart into the types of Go, and puts it together
// again.
package values

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"conformance/larder"

	. "go.bytecodealliance.org/pkg/wit/types"
	wit "wit_component/larder_conformance_values"
)

var _ = larder.Cached("1", Negate)

func Negate(a bool) bool { return !a }

var _ = larder.Cached("1", Integers)

func Integers(a uint8, b int8, c uint16, d int16, e uint32, f int32) wit.Numbers {
	held := []int{int(a), int(b), int(c), int(d), int(e), int(f)}
	return wit.Numbers{
		A: uint8(held[0]), B: int8(held[1]), C: uint16(held[2]), D: int16(held[3]), E: uint32(held[4]), F: int32(held[5]),
	}
}

var _ = larder.Cached("1", Wide)

func Wide(a uint64, b int64) (uint64, int64) { return a, b }

var _ = larder.Cached("1", Add)

func Add(a, b uint64) uint64 { return a + b }

var _ = larder.Cached("1", Floats)

func Floats(a float32, b float64) (float32, float64) { return a, b }

var _ = larder.Cached("1", Character)

func Character(c rune) (rune, uint32) { return []rune(string(c))[0], uint32(c) }

var _ = larder.Cached("1", Text)

func Text(text string) wit.TextFacts {
	characters := []rune(text)
	slices.Reverse(characters)
	return wit.TextFacts{
		ScalarValues: uint32(len(characters)),
		Utf8Bytes:    uint32(len(text)),
		Reversed:     string(characters),
		Text:         text,
	}
}

var _ = larder.Cached("1", Sort)

func Sort(texts []string) []string { return slices.Sorted(slices.Values(texts)) }

var _ = larder.Cached("1", Options)

func Options(a Option[uint32], b Option[Option[string]]) (Option[uint32], Option[Option[string]]) {
	outer := pointer(b)
	if outer == nil {
		return option(pointer(a)), None[Option[string]]()
	}
	return option(pointer(a)), Some(option(pointer(*outer)))
}

// A pointer is what Go has for what may be missing.
func pointer[T any](option Option[T]) *T {
	if option.IsNone() {
		return nil
	}
	value := option.Some()
	return &value
}

func option[T any](pointer *T) Option[T] {
	if pointer == nil {
		return None[T]()
	}
	return Some(*pointer)
}

var _ = larder.Cached("1", Results)

func Results(
	a Result[Option[uint8], string], b Result[Unit, []uint16],
) (Result[Option[uint8], string], Result[Unit, []uint16]) {
	if a.IsOk() {
		a = Ok[Option[uint8], string](option(pointer(a.Ok())))
	} else {
		a = Err[Option[uint8]](strings.Clone(a.Err()))
	}
	if b.IsOk() {
		b = Ok[Unit, []uint16](Unit{})
	} else {
		b = Err[Unit](slices.Clone(b.Err()))
	}
	return a, b
}

var _ = larder.Cached("1", Area)

func Area(shape wit.Shape) Option[float64] {
	switch shape.Tag() {
	case wit.ShapeCircle:
		return Some(math.Pi * shape.Circle() * shape.Circle())
	case wit.ShapeRectangle:
		one, other := shape.Rectangle().F0, shape.Rectangle().F1
		return Some(math.Abs((other.X - one.X) * (other.Y - one.Y)))
	default:
		return None[float64]()
	}
}

var _ = larder.Cached("1", Shapes)

func Shapes(shapes []wit.Shape) []wit.Shape {
	again := make([]wit.Shape, 0, len(shapes))
	for _, shape := range shapes {
		switch shape.Tag() {
		case wit.ShapeNothing:
			again = append(again, wit.MakeShapeNothing())
		case wit.ShapeCircle:
			again = append(again, wit.MakeShapeCircle(shape.Circle()))
		case wit.ShapeRectangle:
			corners := shape.Rectangle()
			one, other := wit.Point{X: corners.F0.X, Y: corners.F0.Y}, wit.Point{X: corners.F1.X, Y: corners.F1.Y}
			again = append(again, wit.MakeShapeRectangle(Tuple2[wit.Point, wit.Point]{F0: one, F1: other}))
		case wit.ShapeNamed:
			again = append(again, wit.MakeShapeNamed(shape.Named()))
		}
	}
	return again
}

var _ = larder.Cached("1", Next)

func Next(day wit.Day) wit.Day { return (day + 1) % (wit.DaySunday + 1) }

var _ = larder.Cached("1", Complement)

func Complement(rights wit.Rights) wit.Rights {
	all := []wit.Rights{
		wit.RightsRead, wit.RightsWrite, wit.RightsAppend, wit.RightsCreate, wit.RightsRename, wit.RightsRemove,
		wit.RightsList, wit.RightsShare, wit.RightsPassOn,
	}
	var others wit.Rights
	for _, right := range all {
		if rights&right == 0 {
			others |= right
		}
	}
	return others
}

var _ = larder.Cached("1", Transpose)

func Transpose(rows [][]int32) Result[[][]int32, string] { return larder.ResultOf(transpose(rows)) }

func transpose(rows [][]int32) ([][]int32, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	columns := make([][]int32, len(rows[0]))
	for at, row := range rows {
		if len(row) != len(columns) {
			return nil, fmt.Errorf("row %d has %d of %d", at, len(row), len(columns))
		}
		for column, cell := range row {
			columns[column] = append(columns[column], cell)
		}
	}
	return columns, nil
}

var _ = larder.Cached("1", Nested)

func Nested(
	a Tuple2[uint8, Tuple2[string, Option[bool]]], b []Tuple2[rune, []string],
) (Tuple2[uint8, Tuple2[string, Option[bool]]], []Tuple2[rune, []string]) {
	text, truth := a.F1.F0, pointer(a.F1.F1)
	named := make([]Tuple2[rune, []string], 0, len(b))
	for _, entry := range b {
		named = append(named, Tuple2[rune, []string]{F0: entry.F0, F1: slices.Clone(entry.F1)})
	}
	again := Tuple2[string, Option[bool]]{F0: text, F1: option(truth)}
	return Tuple2[uint8, Tuple2[string, Option[bool]]]{F0: a.F0, F1: again}, named
}

var _ = larder.Cached("1", Sum)

func Sum(bytes []uint8) (sum uint32) {
	for _, b := range bytes {
		sum += uint32(b)
	}
	return sum
}

var _ = larder.Cached("1", Count)

func Count(length uint32) []uint32 {
	numbers := make([]uint32, length)
	for at := range numbers {
		numbers[at] = uint32(at)
	}
	return numbers
}

var _ = larder.Cached("1", Repeat)

func Repeat(text string, times uint32) string { return strings.Repeat(text, int(times)) }
