// Package text has the tasks of the interface `text`.
package text

import (
	"errors"
	"strings"
	"unicode/utf8"

	"my-task/larder"

	wit "wit_component/my_my_task_text"
)

var _ = larder.Cached("1", Measure)

// Measure counts the words of a text, and finds the longest one.
func Measure(text string) larder.Result[wit.Stats] {
	return larder.ResultOf(measure(text))
}

func measure(text string) (stats wit.Stats, err error) {
	words := strings.FieldsFunc(text, isSpace)
	if len(words) == 0 {
		return stats, errors.New("there are no words")
	}
	longest := 0
	for _, word := range words {
		if characters := utf8.RuneCountInString(word); characters > longest {
			stats.Longest, longest = word, characters
		}
	}
	stats.Words = uint32(len(words))
	return stats, nil
}

func isSpace(character rune) bool { return strings.ContainsRune(" \t\n\f\r", character) }
