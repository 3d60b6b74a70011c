import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { CommandsReply, CommandsRequest } from '#streams/requests.js';
import { AccountService } from './account/account-service.js';
import { ChatService } from './chat/chat-service.js';
import { CommandsRequestDto } from './commands-request.dto.js';
import { RequestContext } from './range-transport.js';
import { RefusedCommands } from './refused-commands.js';
import { ValidatedPipe } from './validated.pipe.js';

/** Commands by target; what each method takes and does stands in the method tables of chat/ and account/. */
@Controller()
export class CommandsController {
  constructor(
    @Inject(ChatService) private readonly chats: ChatService,
    @Inject(AccountService) private readonly accounts: AccountService,
    @Inject(RefusedCommands) private readonly refused: RefusedCommands,
  ) {}

  @MessagePattern('command.chat')
  async chat(
    @Payload(new ValidatedPipe(CommandsRequestDto)) request: CommandsRequestDto,
    @Ctx() context: RequestContext,
  ): Promise<CommandsReply> {
    return this.noted(request, context, await this.chats.handle(request, context.traceparent));
  }

  @MessagePattern('command.account')
  async account(
    @Payload(new ValidatedPipe(CommandsRequestDto)) request: CommandsRequestDto,
    @Ctx() context: RequestContext,
  ): Promise<CommandsReply> {
    return this.noted(request, context, await this.accounts.handle(request, context.traceparent));
  }

  private noted(
    request: CommandsRequest,
    { traceparent }: RequestContext,
    reply: CommandsReply,
  ): CommandsReply {
    this.refused.take(request, reply, traceparent);
    return reply;
  }
}
