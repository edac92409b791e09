// Package endings implements the interface `endings`: an error, a panic, and what is printed.
package endings

import (
	"errors"
	"fmt"
	"os"

	"conformance/larder"
)

var _ = larder.Cached("1", Fail)

func Fail(reason string) larder.Result[uint32] {
	return larder.ResultOf(uint32(0), errors.New(reason))
}

func Crash() uint32 { panic("this must not be") }

func Say(text string) bool {
	_, out := fmt.Println("out: " + text)
	_, err := fmt.Fprintln(os.Stderr, "err: "+text)
	return out == nil && err == nil
}
