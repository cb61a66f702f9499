package config

import (
	"encoding"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// EnvPrefix begins the name of every environment variable that overrides a value.
const EnvPrefix = "CARGOGATE_"

// Variables with the prefix that are not values of the file.
var otherVariables = []string{"CARGOGATE_FAILPOINT", "CARGOGATE_SABOTAGE", "CARGOGATE_CONFIG"}

// A Fault is one thing that is wrong, and where.
type Fault struct {
	Source  string // name of the file, or of the environment variable
	Line    int    // 1-based; 0 where there is no place
	Column  int    // 1-based
	Key     string // path of the key: store.dsn; may be empty
	Text    string // what is wrong
	Excerpt string // the line of the file; empty where there is no place
}

// Error says where and what, with the line and a mark under the place.
func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.Source)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", f.Line, f.Column)
	}
	b.WriteString(": ")
	if f.Key != "" {
		fmt.Fprintf(&b, "%s: ", f.Key)
	}
	b.WriteString(f.Text)
	if f.Excerpt != "" {
		fmt.Fprintf(&b, "\n%5d | %s\n      | %s^", f.Line, f.Excerpt, strings.Repeat(" ", max(f.Column-1, 0)))
	}
	return b.String()
}

// Load reads a file over the defaults, then the environment (as os.Environ gives it) over that, and checks the whole.
// The error joins a *Fault for each thing that is wrong. An empty path reads only the environment.
func Load(path string, env []string) (*Config, error) {
	return load(path, env, func(c *Config, l *loader) { c.check(l.fault) })
}

// LoadData is Load for what works on the data alone, not as a gateway: how that listens and what roles it has is read
// and not checked.
func LoadData(path string, env []string) (*Config, error) {
	return load(path, env, func(c *Config, l *loader) { c.checkData(l.fault) })
}

func load(path string, env []string, check func(*Config, *loader)) (*Config, error) {
	c := Default()
	l := &loader{source: path, places: map[string]ast.Node{}}
	if path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("configuration: %w", err)
		}
		l.read(text, &c)
		// What is named in the file is meant from the file's own folder, wherever the process was started.
		if len(l.faults) == 0 {
			c.anchor(filepath.Dir(path), l.places)
		}
	}
	l.environment(env, &c)
	if len(l.faults) == 0 {
		check(&c, l)
	}
	if len(l.faults) > 0 {
		slices.SortStableFunc(l.faults, func(a, b *Fault) int { return a.Line - b.Line })
		errs := make([]error, len(l.faults))
		for i, f := range l.faults {
			errs[i] = f
		}
		return nil, errors.Join(errs...)
	}
	return &c, nil
}

type loader struct {
	source string
	lines  []string
	places map[string]ast.Node // by path of key
	faults []*Fault
}

// fault notes what is wrong with the value of a key.
func (l *loader) fault(key, format string, args ...any) {
	f := &Fault{Source: l.source, Key: key, Text: fmt.Sprintf(format, args...)}
	if n := l.places[key]; n != nil {
		l.at(f, n)
	} else if f.Source == "" {
		f.Source = "configuration"
	}
	l.faults = append(l.faults, f)
}

func (l *loader) at(f *Fault, n ast.Node) {
	if t := n.GetToken(); t != nil && t.Position != nil {
		f.Line, f.Column = t.Position.Line, t.Position.Column
		if i := f.Line - 1; i < len(l.lines) {
			f.Excerpt = l.lines[i]
		}
	}
}

func (l *loader) read(text []byte, c *Config) {
	l.lines = strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		f := &Fault{Source: l.source, Text: err.Error()}
		var syntax yaml.Error
		if errors.As(err, &syntax) {
			f.Text = syntax.GetMessage()
			if t := syntax.GetToken(); t != nil && t.Position != nil {
				f.Line, f.Column = t.Position.Line, t.Position.Column
				if i := f.Line - 1; i < len(l.lines) {
					f.Excerpt = l.lines[i]
				}
			}
		}
		l.faults = append(l.faults, f)
		return
	}
	for i, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if i > 0 {
			l.places["---"] = doc.Body
			l.fault("---", "only one document is read")
			return
		}
		l.bind("", doc.Body, reflect.ValueOf(c).Elem())
	}
}

// bind puts a node into a value, strictly.
func (l *loader) bind(key string, n ast.Node, v reflect.Value) {
	l.places[key] = n
	switch n := n.(type) {
	case *ast.NullNode:
		return // a key with nothing behind it keeps its default
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		l.fault(key, "anchors, aliases and tags are not read")
		return
	case *ast.MappingNode:
		l.mapping(key, n.Values, n, v)
		return
	case *ast.MappingValueNode:
		l.mapping(key, []*ast.MappingValueNode{n}, n, v)
		return
	case *ast.SequenceNode:
		if v.Kind() != reflect.Slice {
			l.fault(key, "a list is not expected here, but %s", wanted(v))
			return
		}
		s := reflect.MakeSlice(v.Type(), len(n.Values), len(n.Values))
		for i, e := range n.Values {
			l.bind(fmt.Sprintf("%s[%d]", key, i), e, s.Index(i))
		}
		v.Set(s)
		return
	}
	text := n.GetToken().Value
	if lit, ok := n.(*ast.LiteralNode); ok {
		text = lit.Value.Value
	}
	if v.Kind() == reflect.Struct || v.Kind() == reflect.Map || v.Kind() == reflect.Slice {
		l.fault(key, "%q is not expected here, but %s", text, wanted(v))
		return
	}
	if err := scalar(text, v); err != nil {
		l.fault(key, "%v", err)
	}
}

func (l *loader) mapping(key string, values []*ast.MappingValueNode, n ast.Node, v reflect.Value) {
	if v.Kind() != reflect.Struct && v.Kind() != reflect.Map {
		l.fault(key, "keys are not expected here, but %s", wanted(v))
		return
	}
	for _, m := range values {
		name := m.Key.GetToken().Value
		path := strings.TrimPrefix(key+"."+name, ".")
		if v.Kind() == reflect.Map {
			e := reflect.New(v.Type().Elem()).Elem()
			l.bind(path, m.Value, e)
			if v.IsNil() {
				v.Set(reflect.MakeMap(v.Type()))
			}
			v.SetMapIndex(reflect.ValueOf(name), e)
			continue
		}
		field, ok := fieldOf(v, name)
		if !ok {
			l.places[path] = m.Key
			l.fault(path, "there is no such key%s", nearest(name, v.Type()))
			continue
		}
		l.bind(path, m.Value, field)
	}
}

func fieldOf(v reflect.Value, name string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("yaml") == name {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// nearest names the key that was meant, if one begins or sounds alike, and else all keys.
func nearest(name string, t reflect.Type) string {
	var all []string
	for i := range t.NumField() {
		k := t.Field(i).Tag.Get("yaml")
		if strings.EqualFold(k, name) || len(name) > 2 && (strings.HasPrefix(k, name[:3]) || strings.Contains(name, k)) {
			return fmt.Sprintf("; is %s meant?", k)
		}
		all = append(all, k)
	}
	return "; there are " + strings.Join(all, ", ")
}

func wanted(v reflect.Value) string {
	if _, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return "one value"
	}
	switch v.Kind() {
	case reflect.Struct, reflect.Map:
		return "keys below it"
	case reflect.Slice:
		return "a list"
	}
	return "one value"
}

// scalar puts text into a value of one word.
func scalar(text string, v reflect.Value) error {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		v.SetBool(b)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		v.SetInt(n)
	default:
		return fmt.Errorf("%s cannot be read from text", v.Kind())
	}
	return nil
}

// environment overrides single values. A variable with our prefix that names no key is a fault: a typing error there
// would go unnoticed for long.
func (l *loader) environment(env []string, c *Config) {
	names := map[string]string{} // variable to key
	values := map[string]reflect.Value{}
	collect(reflect.ValueOf(c).Elem(), "", func(key string, v reflect.Value) {
		names[EnvPrefix+strings.ToUpper(strings.ReplaceAll(key, ".", "_"))] = key
		values[key] = v
	})
	for _, e := range env {
		name, text, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, EnvPrefix) || slices.Contains(otherVariables, name) {
			continue
		}
		key, ok := names[name]
		if !ok {
			l.faults = append(l.faults, &Fault{Source: name, Text: "no key of the configuration has this variable"})
			continue
		}
		v := values[key]
		var err error
		if v.Kind() == reflect.Slice {
			parts := strings.Split(text, ",")
			for i := range parts {
				parts[i] = strings.TrimSpace(parts[i])
			}
			v.Set(reflect.ValueOf(parts))
		} else {
			err = scalar(text, v)
		}
		delete(l.places, key)
		if err != nil {
			l.faults = append(l.faults, &Fault{Source: name, Key: key, Text: err.Error()})
		}
	}
}

// collect calls f for every value that one variable can hold.
func collect(v reflect.Value, key string, f func(key string, v reflect.Value)) {
	for i := range v.NumField() {
		name := strings.TrimPrefix(key+"."+v.Type().Field(i).Tag.Get("yaml"), ".")
		e := v.Field(i)
		_, text := e.Addr().Interface().(encoding.TextUnmarshaler)
		switch {
		case text:
			f(name, e)
		case e.Kind() == reflect.Struct:
			collect(e, name, f)
		case e.Kind() == reflect.Map, e.Kind() == reflect.Slice && e.Type().Elem().Kind() == reflect.Struct:
		default:
			f(name, e)
		}
	}
}
