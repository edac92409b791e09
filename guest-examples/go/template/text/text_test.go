package text

import "testing"

func TestMeasure(t *testing.T) {
	stats, err := measure("to be or not to be")
	if err != nil || stats.Words != 6 || stats.Longest != "not" {
		t.Error(stats, err)
	}
	if _, err := measure(" \n"); err == nil {
		t.Error("white space has words")
	}
}
