// Package content implements the interface `content`: files at their paths, and piece by piece.
package content

import (
	"bytes"
	"errors"
	"io"
	"os"

	"conformance/larder"

	wit "wit_component/larder_conformance_content"
	files "wit_component/larder_task_files"
)

// How much is asked for, or handed over, at once.
const piece = 1 << 16

var _ = larder.Cached("1", ByPath)

func ByPath(input *files.File) larder.Result[wit.Totals] {
	defer input.Drop()
	return larder.ResultOf(byPath(input.Path()))
}

func byPath(path string) (totals wit.Totals, err error) {
	file, err := os.Open(path)
	if err != nil {
		return totals, err
	}
	defer file.Close()
	buffer := make([]byte, piece)
	for {
		n, err := file.Read(buffer)
		add(&totals, buffer[:n])
		if errors.Is(err, io.EOF) {
			return totals, nil
		}
		if err != nil {
			return totals, err
		}
	}
}

var _ = larder.Cached("1", ByStream)

func ByStream(input *files.File) larder.Result[wit.Totals] {
	defer input.Drop()
	var totals wit.Totals
	for {
		read := input.Read(totals.Bytes, piece)
		if len(read) == 0 {
			return larder.ResultOf(totals, nil)
		}
		add(&totals, read)
	}
}

func add(totals *wit.Totals, read []byte) {
	totals.Lines += uint32(bytes.Count(read, []byte("\n")))
	totals.Bytes += uint64(len(read))
}

var _ = larder.Cached("1", Write)

func Write(name, text string) larder.Result[*files.File] {
	return larder.ResultOf(write(name, []byte(text)))
}

func write(name string, text []byte) (*files.File, error) {
	writer, err := larder.Got(files.WriterCreate(name))
	if err != nil {
		return nil, err
	}
	for start := 0; start < len(text); start += piece {
		if _, err := larder.Got(writer.Write(text[start:min(start+piece, len(text))])); err != nil {
			return nil, err
		}
	}
	return larder.Got(files.WriterFinish(writer))
}
