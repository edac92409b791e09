// Package later implements the interface `later`, whose task may wait.
package later

import (
	"errors"

	"conformance-async/larder"
)

var _ = larder.Cached("1", Shout)

func Shout(text string) larder.Result[string] {
	shouted := make(chan larder.Result[string])
	go func() { shouted <- larder.ResultOf(shout(text)) }()
	return <-shouted
}

func shout(text string) (string, error) {
	if text == "" {
		return "", errors.New("empty")
	}
	letters := []byte(text)
	for at, letter := range letters {
		if 'a' <= letter && letter <= 'z' {
			letters[at] = letter - 'a' + 'A'
		}
	}
	return string(letters) + "!", nil
}
