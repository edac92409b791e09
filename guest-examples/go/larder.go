// Package larder declares how tasks are cached, beside the tasks:
//
//	var _ = larder.Cached("1", Measure, larder.Medium, larder.Timeout(time.Minute))
//
// A task that declares nothing runs, and is not cached. The bindings call Tasks when Larder asks for the manifest.
package larder

import (
	"reflect"
	"runtime"
	"strings"
	"time"
	"unicode"

	types "go.bytecodealliance.org/pkg/wit/types"
	files "wit_component/larder_task_files"
	manifest "wit_component/larder_task_manifest"
)

// A Declaration says something of a task.
type Declaration func(*manifest.Task)

// Cached declares that results of a task are kept, and which may answer for each other: those of the same version. The
// text stays the same until results must not be used any longer; the code may change meanwhile.
func Cached(version string, task any, declarations ...Declaration) bool {
	return declare(task, declarations, types.Some(manifest.Cache{Version: manifest.MakeVersionDeclared(version)}))
}

// Pinned declares that results of a task are kept, and good for exactly this code.
func Pinned(task any, declarations ...Declaration) bool {
	return declare(task, declarations, types.Some(manifest.Cache{Version: manifest.MakeVersionPinned()}))
}

// Uncached declares something of a task whose results are not kept.
func Uncached(task any, declarations ...Declaration) bool {
	return declare(task, declarations, types.None[manifest.Cache]())
}

// The machine that one run needs; Small is what a task has that declares none.
var (
	Small    Declaration = size(manifest.MakeSizeSmall())
	Medium   Declaration = size(manifest.MakeSizeMedium())
	Large    Declaration = size(manifest.MakeSizeLarge())
	SmallGPU Declaration = size(manifest.MakeSizeSmallGpu())
	LargeGPU Declaration = size(manifest.MakeSizeLargeGpu())
)

// Size is a machine of one's own. It has at least one processor.
type Size struct{ CPUs, MemoryMiB, StorageMiB, GPUs uint32 }

// Custom asks for a machine of one's own.
func Custom(own Size) Declaration {
	return size(manifest.MakeSizeCustom(manifest.Resources{
		Cpus: own.CPUs, MemoryMib: own.MemoryMiB, StorageMib: own.StorageMiB, Gpus: own.GPUs,
	}))
}

// CacheErrors keeps the `err` of a result as well as its `ok`.
func CacheErrors(task *manifest.Task) {
	task.Cache = withCache(task, func(cache *manifest.Cache) { cache.CacheErrors = true })
}

// PerWorkflow keeps results for the calls of one workflow, not for all of an account.
func PerWorkflow(task *manifest.Task) {
	task.Cache = withCache(task, func(cache *manifest.Cache) { cache.Scope = manifest.ScopeWorkflow })
}

// FileNames makes the names of files and directories inputs as well.
func FileNames(task *manifest.Task) { task.FileNames = true }

// Timeout stops a run after this time, rounded up to seconds.
func Timeout(after time.Duration) Declaration {
	return func(task *manifest.Task) {
		task.TimeoutSeconds = types.Some(uint32((after + time.Second - 1) / time.Second))
	}
}

// Needs says what a task needs of the world outside. Only one that is not cached can.
func Needs(capabilities ...manifest.Capability) Declaration {
	return func(task *manifest.Task) { task.Needs = append(task.Needs, capabilities...) }
}

// Named is the name of a task where it cannot be told from the function: `my-tools#run` for a function that the world
// exports itself, of the component `my-tools`; and names with words in capitals, such as `text#to-HTML`.
func Named(name string) Declaration {
	return func(task *manifest.Task) { task.Name = name }
}

// ResultOf makes a WIT result of what a function of Go returns; `err` has the text of the error.
func ResultOf[T any](value T, err error) types.Result[T, string] {
	if err != nil {
		return types.Err[T](err.Error())
	}
	return types.Ok[T, string](value)
}

// Result is a WIT result whose `err` is a text.
type Result[T any] = types.Result[T, string]

// Got is what a function of larder:task/files answers, as functions of Go answer.
func Got[T any](result types.Result[T, files.Error]) (value T, err error) {
	if result.IsErr() {
		return value, FileError(result.Err())
	}
	return result.Ok(), nil
}

// A FileError says why something cannot be had, made or read.
type FileError files.Error

func (problem FileError) Error() string {
	switch files.Error(problem) {
	case files.ErrorNoEntry:
		return "nothing is there"
	case files.ErrorIsDirectory:
		return "it is a directory, and a file is needed"
	case files.ErrorNotDirectory:
		return "it is no directory, and one is needed"
	case files.ErrorNotPermitted:
		return "the path leads out of the directory that it starts from"
	case files.ErrorLoop:
		return "a symbolic link leads in a circle"
	case files.ErrorInvalidName:
		return "no file can have that name"
	case files.ErrorNoRoom:
		return "there is no room"
	case files.ErrorTooLarge:
		return "the directory has too many entries, or is nested too deep"
	default:
		return "it cannot be had, made or read"
	}
}

var declared []manifest.Task

// Tasks is the export of the interface larder:task/manifest.
func Tasks() []manifest.Task { return declared }

func declare(function any, declarations []Declaration, cache types.Option[manifest.Cache]) bool {
	task := manifest.Task{
		Name:           nameOf(function),
		Size:           manifest.MakeSizeSmall(),
		Cache:          cache,
		TimeoutSeconds: types.None[uint32](),
	}
	for _, declaration := range declarations {
		declaration(&task)
	}
	declared = append(declared, task)
	return true
}

func size(size manifest.Size) Declaration {
	return func(task *manifest.Task) { task.Size = size }
}

func withCache(task *manifest.Task, change func(*manifest.Cache)) types.Option[manifest.Cache] {
	if task.Cache.IsNone() {
		panic("larder: " + task.Name + " says how results are kept, but is not cached")
	}
	cache := task.Cache.Some()
	change(&cache)
	return types.Some(cache)
}

// nameOf a function `ToUpper` in a package `word_stats` is `word-stats#to-upper`: what bindings make of the names in
// WIT, the other way round.
func nameOf(function any) string {
	value := reflect.ValueOf(function)
	if value.Kind() != reflect.Func {
		panic("larder: a declaration is of a function, and the first thing that it names is none")
	}
	path := runtime.FuncForPC(value.Pointer()).Name()
	path = path[strings.LastIndexByte(path, '/')+1:]
	inside, name, _ := strings.Cut(path, ".")
	var kebab strings.Builder
	for i, letter := range name {
		if i > 0 && unicode.IsUpper(letter) {
			kebab.WriteByte('-')
		}
		kebab.WriteRune(unicode.ToLower(letter))
	}
	return strings.ReplaceAll(inside, "_", "-") + "#" + kebab.String()
}
