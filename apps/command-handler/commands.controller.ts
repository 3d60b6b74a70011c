import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { CommandsReply } from '#streams/requests.js';
import { AccountService } from './account/account-service.js';
import { ChatService } from './chat/chat-service.js';
import { CommandsRequestDto } from './commands-request.dto.js';
import { RequestContext } from './range-transport.js';
import { ValidatedPipe } from './validated.pipe.js';

/** Commands by target; what each method takes and does stands in the method tables of chat/ and account/. */
@Controller()
export class CommandsController {
  constructor(
    @Inject(ChatService) private readonly chats: ChatService,
    @Inject(AccountService) private readonly accounts: AccountService,
  ) {}

  @MessagePattern('command.chat')
  chat(
    @Payload(new ValidatedPipe(CommandsRequestDto)) request: CommandsRequestDto,
    @Ctx() context: RequestContext,
  ): Promise<CommandsReply> {
    return this.chats.handle(request, context.traceparent);
  }

  @MessagePattern('command.account')
  account(
    @Payload(new ValidatedPipe(CommandsRequestDto)) request: CommandsRequestDto,
    @Ctx() context: RequestContext,
  ): Promise<CommandsReply> {
    return this.accounts.handle(request, context.traceparent);
  }
}
