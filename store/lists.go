package store

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"gorm.io/gorm"

	"carillon/models"
)

// findAll reads the records of a query and makes nouns of them.
func findAll[R, T any](q *gorm.DB, model func(*R) (T, error)) ([]T, error) {
	var records []R
	if err := q.Find(&records).Error; err != nil {
		return nil, err
	}
	nouns := make([]T, len(records))
	for i := range records {
		var err error
		if nouns[i], err = model(&records[i]); err != nil {
			return nil, err
		}
	}
	return nouns, nil
}

// keyed arranges what was found by id.
func keyed[T any](nouns []T, id func(*T) models.ID) map[models.ID]T {
	out := make(map[models.ID]T, len(nouns))
	for i := range nouns {
		out[id(&nouns[i])] = nouns[i]
	}
	return out
}

// beyond is one row more than the page, to see whether there is a next one.
func beyond(page models.Page) int { return max(page.First, 0) + 1 }

// connection makes a page of up to beyond rows; key is a row's place in the list.
func connection[T any](rows []T, page models.Page, key func(*T) string) models.Connection[T] {
	c := models.Connection[T]{HasPrevious: page.After != ""}
	if n := max(page.First, 0); len(rows) > n {
		c.HasNext = true
		rows = rows[:n]
	}
	c.Nodes = rows
	c.Cursors = make([]string, len(rows))
	for i := range rows {
		c.Cursors[i] = models.EncodeCursor(key(&rows[i]))
	}
	return c
}

// afterID begins a list that is ordered by ids behind the cursor. Such a list
// grows at its end alone, so that paging sees each older row exactly once.
func afterID(q *gorm.DB, column string, p models.Prefix, page models.Page) (*gorm.DB, error) {
	q = q.Order(column).Limit(beyond(page))
	if page.After == "" {
		return q, nil
	}
	id, err := models.DecodeIDCursor("after", p, page.After)
	return q.Where(column+" > ?", uidOf(id)), err
}

// beforeID is afterID for a list whose newest come first.
func beforeID(q *gorm.DB, column string, p models.Prefix, page models.Page) (*gorm.DB, error) {
	q = q.Order(column + " DESC").Limit(beyond(page))
	if page.After == "" {
		return q, nil
	}
	id, err := models.DecodeIDCursor("after", p, page.After)
	return q.Where(column+" < ?", uidOf(id)), err
}

// ofLiveTenants leaves out what belongs to a deleted tenant and is not yet
// purged. Deleted tenants are few, and an index holds them alone.
func ofLiveTenants(q *gorm.DB, column string) *gorm.DB {
	return q.Where(column + " NOT IN (SELECT id FROM tenants WHERE deleted_at IS NOT NULL)")
}

// whereSearch wants the text somewhere in one of the columns, in any case. Each
// letter becomes the set of its cases, because what ILIKE and LIKE take for the
// same letter differs by database and locale.
func (s *Store) whereSearch(q *gorm.DB, search string, columns ...string) *gorm.DB {
	switch {
	case search == "":
		return q
	case !utf8.ValidString(search) || strings.IndexByte(search, 0) >= 0 || len(search) > 4*models.MaxDescription:
		return q.Where("1 = 0") // no name or description holds it
	}
	operator, pattern := " GLOB ?", "*"+anyCase(search, globLiteral)+"*"
	if s.postgres() {
		operator, pattern = " ~ ?", anyCase(search, regexpLiteral)
	}
	conditions := make([]string, len(columns))
	args := make([]any, len(columns))
	for i, column := range columns {
		conditions[i], args[i] = column+operator, pattern
	}
	return q.Where("("+strings.Join(conditions, " OR ")+")", args...)
}

func anyCase(text string, literal func(*strings.Builder, rune)) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.SimpleFold(r) == r {
			literal(&b, r)
			continue
		}
		b.WriteByte('[')
		b.WriteRune(r)
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			b.WriteRune(other)
		}
		b.WriteByte(']')
	}
	return b.String()
}

func globLiteral(b *strings.Builder, r rune) {
	if strings.ContainsRune("*?[", r) {
		b.WriteByte('[')
		b.WriteRune(r)
		b.WriteByte(']')
		return
	}
	b.WriteRune(r)
}

func regexpLiteral(b *strings.Builder, r rune) {
	if r < utf8.RuneSelf && (unicode.IsPunct(r) || unicode.IsSymbol(r)) {
		b.WriteByte('\\')
	}
	b.WriteRune(r)
}
