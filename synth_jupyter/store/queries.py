"""Statements that were kept under a name, one set for each experiment; they are text, and run only when asked for."""

from sqlalchemy import delete, insert, select

from ..errors import ConflictError, NotFoundError
from .database import Database
from .experiments import the_experiment
from .history import append, now
from .records import QueryRecord
from .tables import QUERIES


class Queries:
    """Saved statements; names are matched in any letter case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, experiment: str, name: str, sql: str, dialect: str, *, replace: bool = False) -> QueryRecord:
        """Keep the statement. The same words under the same name are fine.

        Raises:
            ConflictError: another statement has that name and `replace` is false.
        """
        with self._database.writing() as connection:
            row = the_experiment(connection, experiment)
            mine = (QUERIES.c.experiment_id == row.id, QUERIES.c.folded == name.casefold())
            found = connection.execute(select(QUERIES).where(*mine)).one_or_none()
            if found is not None and (found.sql, found.dialect) == (sql, dialect):
                return QueryRecord(found.name, found.sql, found.dialect, found.created_at)
            if found is not None and not replace:
                raise ConflictError(
                    f"{row.name!r} has a query {found.name!r} already: {found.sql[:80]}",
                    hint="--replace keeps this one in its place, or choose another name",
                )
            made = QueryRecord(name, sql, dialect, now())
            connection.execute(delete(QUERIES).where(*mine))
            values = {"name": name, "sql": sql, "dialect": dialect, "created_at": made.created_at}
            connection.execute(insert(QUERIES).values(experiment_id=row.id, folded=name.casefold(), **values))
            append(connection, row.name, "query saved", query=name, sql=sql, dialect=dialect)
            return made

    def of(self, experiment: str) -> list[QueryRecord]:
        """The experiment's statements by name."""
        with self._database.reading() as connection:
            row = the_experiment(connection, experiment)
            wanted = select(QUERIES).where(QUERIES.c.experiment_id == row.id).order_by(QUERIES.c.folded)
            return [
                QueryRecord(each.name, each.sql, each.dialect, each.created_at) for each in connection.execute(wanted)
            ]

    def get(self, experiment: str, name: str) -> QueryRecord:
        """The statement of that name; NotFoundError names near misses."""
        found = {each.name.casefold(): each for each in self.of(experiment)}
        if name.casefold() not in found:
            names = [each.name for each in found.values()]
            hint = f"`synth queries {experiment}` lists them; `synth sql {experiment} --save NAME SQL` keeps one"
            raise NotFoundError.of(f"saved query of {experiment!r} called", name, names, hint=hint)
        return found[name.casefold()]

    def remove(self, experiment: str, name: str) -> QueryRecord:
        """Forget a statement; NotFoundError when there is none of that name."""
        gone = self.get(experiment, name)
        with self._database.writing() as connection:
            row = the_experiment(connection, experiment)
            mine = (QUERIES.c.experiment_id == row.id, QUERIES.c.folded == name.casefold())
            connection.execute(delete(QUERIES).where(*mine))
            append(connection, row.name, "query removed", query=gone.name)
        return gone
