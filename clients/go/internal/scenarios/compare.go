package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

var placeholder = regexp.MustCompile(`\$\{([^}]+)\}`)

// filled puts parts of earlier answers in the place of "${name.path}".
func filled(value any, known map[string]any) any {
	switch value := value.(type) {
	case map[string]any:
		whole := map[string]any{}
		for key, one := range value {
			whole[key] = filled(one, known)
		}
		return whole
	case []any:
		whole := make([]any, len(value))
		for index, one := range value {
			whole[index] = filled(one, known)
		}
		return whole
	case string:
		if match := placeholder.FindString(value); match != "" && match == value {
			return found(match, known)
		}
		return placeholder.ReplaceAllStringFunc(value, func(match string) string {
			return fmt.Sprint(found(match, known))
		})
	default:
		return value
	}
}

func found(match string, known any) any {
	for _, key := range strings.Split(match[2:len(match)-1], ".") {
		switch here := known.(type) {
		case map[string]any:
			known = here[key]
		case []any:
			index, err := strconv.Atoi(key)
			if err != nil || index >= len(here) {
				return nil
			}
			known = here[index]
		}
	}
	return known
}

// compare says how an answer differs from what is expected of it.
func compare(expected, actual any, where string) error {
	differs := func(expected any) error {
		want, _ := json.Marshal(expected)
		got, _ := json.Marshal(actual)
		return fmt.Errorf("%s: expected %s, got %.500s", where, want, got)
	}
	switch expected := expected.(type) {
	case map[string]any:
		items, _ := actual.([]any)
		if length, ok := expected["$length"].(float64); ok {
			if len(items) != int(length) {
				return differs(expected)
			}
			return nil
		}
		if pattern, ok := expected["$matches"].(string); ok {
			if text, ok := actual.(string); !ok || !regexp.MustCompile(pattern).MatchString(text) {
				return differs(expected)
			}
			return nil
		}
		if other, ok := expected["$not"]; ok {
			if reflect.DeepEqual(other, actual) {
				return differs(expected)
			}
			return nil
		}
		if all, ok := expected["$has"].([]any); ok {
			for _, one := range all {
				if !hasOne(one, items) {
					return differs(one)
				}
			}
			return nil
		}
		fields, ok := actual.(map[string]any)
		if actual != nil && !ok {
			return differs(expected)
		}
		for key, one := range expected {
			if err := compare(one, fields[key], where+"."+key); err != nil {
				return err
			}
		}
		return nil
	case []any:
		items, _ := actual.([]any)
		if len(items) != len(expected) {
			return differs(expected)
		}
		for index, one := range expected {
			if err := compare(one, items[index], fmt.Sprintf("%s.%d", where, index)); err != nil {
				return err
			}
		}
		return nil
	default:
		if isNothing(expected) && isNothing(actual) || reflect.DeepEqual(expected, actual) {
			return nil
		}
		return differs(expected)
	}
}

func hasOne(expected any, items []any) bool {
	for _, item := range items {
		if compare(expected, item, "") == nil {
			return true
		}
	}
	return false
}

func isNothing(value any) bool {
	return value == nil || value == "" || value == false || value == float64(0)
}
