/**
 * A TypeDoc plugin. The members of `ops`, `layers`, `optimizers` and the like are properties whose types
 * are computed, so TypeDoc finds no comment on them. They get that of the function behind them, or of the
 * class that they make, and a table of the options that it takes.
 */
import { Comment, Converter, ReflectionKind } from 'typedoc';
import ts from 'typescript';

/** What programs import, by the file that they get. */
const modules = { node: 'nabla', 'node-datasets': 'nabla/datasets', charts: 'nabla/charts' };

/** What many objects have under one name. */
const common = {
  get: 'An object from itself, its class, its name, a function, or its configuration.',
  deserialize: 'An object from its configuration, as files hold it.',
  serialize: 'The configuration of an object, as files hold it.',
  load: 'Reads the data; a page fetches them only then.',
};

/** Options that all of a family take have a page of their own. */
const shared = ['LayerOptions', 'OptimizerOptions', 'LossOptions', 'MetricOptions'];

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (reflection.kindOf(ReflectionKind.Module)) {
      reflection.name = modules[reflection.name] ?? reflection.name;
    }
    if (!reflection.kindOf(ReflectionKind.Property | ReflectionKind.Variable)) return;
    const symbol = context.getSymbolFromReflection(reflection);
    if (!symbol || reflection.comment) return;
    const value = valueBehind(context, symbol);
    const [signature] = context.checker.getTypeOfSymbol(symbol).getCallSignatures();
    if (!signature) {
      if (value) reflection.comment = context.getComment(value, ReflectionKind.Variable);
      return;
    }
    reflection.comment =
      commentOfFunction(context, symbol) ??
      commentOfFunction(context, value) ??
      commentOfResult(context, reflection.name, signature);
  });
  app.converter.on(Converter.EVENT_CREATE_SIGNATURE, (context, reflection, _, signature) => {
    const { declaration } = signature ?? {};
    if (reflection.comment || !declaration || !ts.isArrowFunction(declaration)) return;
    reflection.comment = commentOfResult(context, reflection.name, signature);
  });
}

/** What a function makes: the comment of its class, and the options. */
function commentOfResult(context, name, signature) {
  if (name in common) return new Comment([{ kind: 'text', text: common[name] }]);
  const made = signature.getReturnType().getSymbol();
  // A function without a comment has none, whatever it returns.
  if (!made?.declarations?.some(ts.isClassLike) || made.name === 'Tensor') return undefined;
  const described = context.getComment(made, ReflectionKind.Class)?.summary ?? [];
  // The classes themselves have no pages that a link could lead to.
  const plain = described.map((part) =>
    part.kind === 'inline-tag' ? { kind: 'code', text: `\`${part.text}\`` } : part,
  );
  return new Comment([...plain, ...optionsOf(context, signature)]);
}

/** What `name` stands for in `{ name }`, `{ key: name }` or `export { name }`. */
function valueBehind({ checker }, symbol) {
  const declaration = symbol.valueDeclaration ?? symbol.declarations?.[0];
  const value = declaration && named(checker, declaration);
  return value && value.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(value) : value;
}

function named(checker, declaration) {
  if (ts.isExportSpecifier(declaration)) {
    return checker.getExportSpecifierLocalTargetSymbol(declaration);
  }
  if (ts.isShorthandPropertyAssignment(declaration)) {
    return checker.getShorthandAssignmentValueSymbol(declaration);
  }
  return declaration.initializer && checker.getSymbolAtLocation(declaration.initializer);
}

function commentOfFunction(context, symbol) {
  for (const declaration of symbol?.declarations ?? []) {
    const comment = ts.isClassLike(declaration)
      ? undefined
      : context.getSignatureComment(declaration);
    if (comment) return comment;
  }
  return undefined;
}

/** A table of the options in the first argument. */
function optionsOf(context, signature) {
  const [parameter] = signature.getParameters();
  if (!parameter) return [];
  const { checker } = context;
  let type = checker.getTypeOfSymbol(parameter);
  // The parameters of a constructor, as `factories` hands them on.
  if (checker.isTupleType(type)) [type] = checker.getTypeArguments(type);
  if (!type) return [];
  type = checker.getNonNullableType(type);
  const rows = [];
  const also = new Set();
  for (const option of type.getProperties()) {
    const declaration = option.declarations?.[0];
    if (!declaration?.type) continue;
    const owner = declaration.parent.name?.getText();
    if (shared.includes(owner)) {
      also.add(owner);
      continue;
    }
    const comment = context.getComment(option, ReflectionKind.Property);
    const meaning = comment ? Comment.combineDisplayParts(comment.summary) : '';
    const name = `\`${option.name}\`${declaration.questionToken ? '' : ' (required)'}`;
    const cells = [name, `\`${declaration.type.getText()}\``, meaning];
    rows.push(`| ${cells.map((c) => c.replaceAll('|', '\\|').replace(/\s+/g, ' ')).join(' | ')} |`);
  }
  const table = rows.length > 0 ? ['| option | type | |', '|---|---|---|', ...rows].join('\n') : '';
  const links = [...also].flatMap((text) => [
    { kind: 'text', text: '\n\nAlso ' },
    { kind: 'inline-tag', tag: '@link', text },
    { kind: 'text', text: '.' },
  ]);
  return [{ kind: 'text', text: `\n\n${table}` }, ...links];
}
